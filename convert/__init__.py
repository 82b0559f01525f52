"""From a checkpoint to a bundle: every block, branch and the front end as a `.tflite` of its own.

`parts` names what becomes a file, `export` writes it in float, `recipes` quantises it, `quality`
measures what that cost, `convert` does all of it and leaves a bundle or nothing.
"""
