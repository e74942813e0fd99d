"""Stories about resources: what is written is read, listed, changed, kept apart and gone again, as promised."""
