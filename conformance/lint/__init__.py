"""Rules on the document itself."""
