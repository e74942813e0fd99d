"""A service made from the document alone."""
