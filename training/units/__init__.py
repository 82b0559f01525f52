"""Training without transcripts, on units: HuBERT's pre-training and DAISY's branches.

`mfcc` and `labels` make the units, `masking` hides frames, `speech` makes batches, `task` is the
loss, `run` a whole training.
"""
