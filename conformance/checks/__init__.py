"""Checks on exchanges: one promise a file, pure functions."""
