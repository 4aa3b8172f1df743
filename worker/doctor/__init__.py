"""`followthrough doctor`: everything that can be wrong before the first pass, at once."""
