"""Readers turn inputs into documents. What cannot be read comes out as a Failure, and the reading goes on.

The way of the data: ``files`` says which files there are, ``contents`` and ``encoding`` turn one into text, ``text``,
``markup``, ``tables`` and ``dataset`` turn that into records, and ``reader`` gives each record its id.
"""
