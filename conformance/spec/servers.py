"""The URLs that a list of Server Objects stands for (OpenAPI 3.1 section 4.8.5)."""

from __future__ import annotations

from typing import Any


def server_urls(servers: Any) -> tuple[str, ...]:
    """The URLs in order, variables filled in with their defaults; entries that have none are left out."""
    found = []
    for server in servers if isinstance(servers, list) else ():
        if isinstance(server, dict) and isinstance(server.get("url"), str):
            url, variables = server["url"], server.get("variables")
            for name, variable in (variables if isinstance(variables, dict) else {}).items():
                default = variable.get("default") if isinstance(variable, dict) else None
                url = url.replace("{" + str(name) + "}", str(default if default is not None else ""))
            found.append(url)
    return tuple(found)
