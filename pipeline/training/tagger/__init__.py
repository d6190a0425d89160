"""Training of the tagger on labelled articles.

The way of the data: ``recipe`` says what, ``examples`` turns articles into inputs and labels, ``network`` is the model,
``trainer`` learns.
"""
