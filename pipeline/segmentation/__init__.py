"""Text into paragraphs and sentences, as spans of offsets: nothing is changed, nothing is lost."""
