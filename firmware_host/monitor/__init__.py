"""What a device says, line by line: text, and the messages between it.

`follow` reads a link and begins anew when it breaks, `lines` makes lines of bytes, with the time
of their first one, `filters` change how a line looks, and `capture` keeps bytes to be replayed.
"""
