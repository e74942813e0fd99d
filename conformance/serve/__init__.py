"""The ASGI app around any responder."""
