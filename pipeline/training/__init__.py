"""Training: a MarianMT from scratch or onwards from a checkpoint, stoppable at any moment.

The way of the data: ``recipe`` says what, ``corpus`` mixes the sources, ``vocabulary`` cuts words into pieces,
``alignment`` links words, ``augment`` varies pairs, ``batches`` makes tensors, ``trainer`` learns from them.
"""
