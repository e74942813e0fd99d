"""Services that behave otherwise than the sandbox and keep every promise."""

from second_site import Fault

ROWS: tuple[Fault, ...] = ()
