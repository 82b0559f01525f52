"""What a target makes of a `.tflite`: each operator, the stretches that result, what crosses.

Reads any TFLite model, ours or not, and needs neither torch nor a converter.
"""
