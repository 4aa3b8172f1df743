"""Reading what people wrote. Columns in, signals out; no I/O.

A first plain form: the newest message, phrases as data, no model. It leans to silence: whatever
might be a purpose is one, and a doubtful promise is none, so that nobody is accused by mistake.
"""
