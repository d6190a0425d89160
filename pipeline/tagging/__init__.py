"""The embedded English reader: one encoder, and two heads that tell what each sentence says of each target, and how
much of the article it carries.

``layout`` puts targets and sentences into inputs, ``tagger`` runs the model; ``training.tagger`` makes it.
"""
