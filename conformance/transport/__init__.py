"""Sending and receiving: the one room that knows httpx."""
