"""The rules, one area a file."""
