"""Readers turn inputs into documents. What cannot be read comes out as a Failure, and the reading goes on.

A reader has ``read(paths)``, which yields a Document or a Failure for each input in a fixed order, ids unique, and
``count(paths)``, how many it will yield.
"""
