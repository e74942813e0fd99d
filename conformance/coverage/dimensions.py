"""What coverage is counted in: nine dimensions, from calling an operation to seeing each response field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DIMENSIONS: Final = (
    "operations",
    "success",
    "parameters",
    "values",
    "request_media",
    "request_fields",
    "statuses",
    "response_media",
    "response_fields",
)
"""The dimensions in the order of every report."""

TITLES: Final[Mapping[str, str]] = {
    "operations": "Operations",
    "success": "Reached 2xx",
    "parameters": "Parameters",
    "values": "Values",
    "request_media": "Request media",
    "request_fields": "Request fields",
    "statuses": "Statuses",
    "response_media": "Response media",
    "response_fields": "Response fields",
}
"""The dimensions as a reader calls them."""

SOURCES: Final = ("fuzz", "replay")
"""The sources that every summary names, also when one of them found nothing."""

CALLED: Final = "called"
SUCCEEDED: Final = "2xx"
