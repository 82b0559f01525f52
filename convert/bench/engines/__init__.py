"""Ways to turn samples into text; each module imports only what its own way needs.

An engine is loaded in the process that measures it, by a function that can be sent there.
"""
