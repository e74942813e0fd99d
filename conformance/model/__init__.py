"""Nouns of the flow, and the ports that rooms meet at."""
