"""What TFLite Micro, the interpreter of microcontrollers, makes of a bundle, by running it.

It is the real one, with its reference kernels, from PyPI's `tflite-micro` (the extra `micro`,
x86-64 Linux). `child` calls it in a process of its own, `interpreter` starts that, and `arenas` has
all files of a bundle measured at every length. Needs neither torch nor a converter.
"""
