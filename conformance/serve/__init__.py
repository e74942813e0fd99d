"""A server around any responder."""
