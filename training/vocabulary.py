"""What the tokens stand for: the blank, the space, the apostrophe and the letters."""

CHARACTERS = ["<blk>", "▁", "'", *"abcdefghijklmnopqrstuvwxyz"]
