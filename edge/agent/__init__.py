"""The device's side of a link: `python -m edge.agent` runs utterances for a host.

`work` loads a bundle and recognises, `session` answers messages, `serve` has the bytes come and go
over standard input and output or a serial port. What a link starts ends with it: `stay` and `apart`
have the agent outlive it. What it says is in `docs/protocol.md`.
"""
