"""The lexicon: how its entries are written, read, proven, and changed by an admin."""
