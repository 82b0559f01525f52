"""The report on a calibration: one page for people, its pictures, and the figures behind them.

`build.report` gathers everything from an exit table; `folder.write` puts it on disk. A section is
a file: `lines` (WER against cost), `depths` (where utterances leave), `reliability` and
`reliability_pictures` (what scores are worth), `choices` (what each budget chose, and why),
`conditions`. The page itself is `page.html` with `page.css`.
"""
