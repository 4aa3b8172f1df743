"""Getting at what a person wrote just now: plain letters, the newest message, its sentences."""
