"""The classes of change, one area a file."""
