"""The device's side of a link: `python -m edge.agent` runs utterances for a host.

`work` loads a bundle and recognises, `session` answers messages, `serve` has the bytes come and go
over standard input and output or a serial port. What it says is in `docs/protocol.md`.
"""
