"""The Edge TPU's compiler, where a user has it: found, called, read, and held to what it mapped.

It is closed, runs on x86-64 Debian alone, and says "compiled successfully" although it may have
mapped nothing. Needs neither torch nor a converter.
"""
