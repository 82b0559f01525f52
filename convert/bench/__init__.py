"""What a bundle costs beside other ways to run the same encoder, in one run on one machine.

`engines` are those ways, `exports` writes the files that they need, `workload` chooses speech,
`timing` and `memory` measure in processes of their own (`child`), `report` holds the figures with
their conditions, `markdown` prints them, `bench` does all of it.
"""
