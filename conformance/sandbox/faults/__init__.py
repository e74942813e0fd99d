"""Defects that the sandbox has on request."""
