"""Summaries of the English translation, every sentence tied to the segments that support it."""
