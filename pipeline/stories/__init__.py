"""Stories: related documents of a corpus, and what they say, told in one paragraph."""
