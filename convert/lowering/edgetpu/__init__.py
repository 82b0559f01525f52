"""Forms made of operators that the Edge TPU has, in int8 throughout.

It knows no product of two activations, no softmax over more than one dimension, no exponential and
no division; its tensors have at most three dimensions larger than 1, and 256 levels. What takes
their place here, and why in this form, is said with each.
"""
