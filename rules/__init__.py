"""Decide: rules and records and a moment give findings. No I/O, no clock."""
