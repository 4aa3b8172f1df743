"""Run one pass: pull, mirror, evaluate, plan, apply, record. The newcomer's page is `cycle.py`."""
