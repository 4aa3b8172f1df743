"""Reading what people wrote. Columns in, signals out; no I/O.

A first plain form: the newest message, a check-in phrase, no sign of purpose. It leans to silence:
whatever might be a purpose is one, so that nobody is accused by mistake.
"""
