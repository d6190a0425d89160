"""Scores against test sets. Every number carries what it takes to get it again."""
