"""What runs on the device: from a sound file to text, with no more blocks than it needs.

`bundle` opens what was flashed, `encoder` runs it block by block, `scores` and `policy` decide
where to leave, `recogniser` puts them together. `audio`, `segments` and `features` bring sound
to the encoder, `tokens` and `decode` bring its output to text.

    bundle = Bundle.open("small.eedge")
    print(Recogniser(bundle).transcribe_file("speech.flac").text)

Nothing is imported here, so that a program pays only for the modules it names.
"""
