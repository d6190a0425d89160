"""The report: static pages over the documents of a run, for a browser without a server or a network."""
