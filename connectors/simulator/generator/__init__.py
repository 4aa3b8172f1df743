"""Companies of any size from a seed, with what is wrong in them known."""
