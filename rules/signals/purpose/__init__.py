"""Whether a contact of ours has a purpose: a lexicon, a scorecard, and a model beside it."""
