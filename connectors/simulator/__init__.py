"""A local CRM for demo and tests: real HTTP on 127.0.0.1, state in SQLite, faults by script.

Shares no code with the connectors it serves: a simulator with the client's reading of the API
would repeat the client's misreadings.
"""
