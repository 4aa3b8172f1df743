"""Promises of a document, when they fall due, and what keeps or withdraws them."""
