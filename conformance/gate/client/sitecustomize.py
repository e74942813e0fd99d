"""Has Python clients say which pytest test a request is from, in the header X-Conformance-Test.

The gate puts the folder of this file first on PYTHONPATH, for whichever interpreter runs the tests. It needs nothing but the
standard library, does nothing outside of a test, and changes nothing of a request but that it adds the header. Where the
command sets a PYTHONPATH of its own, requests go without a name.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from contextlib import suppress
from typing import Any

_HEADER = "X-Conformance-Test"
_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - as early and cheap as can be


def _test() -> str:
    """The test that is under way, as pytest tells it, without its stage."""
    name = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
    return name.encode("ascii", "backslashreplace").decode("ascii").replace("\n", " ").replace("\r", " ")


def _http_client(module: Any) -> None:
    """Covers urllib, requests, urllib3 and boto, which all end here."""
    plain = module.HTTPConnection.endheaders

    def endheaders(self: Any, *arguments: Any, **named: Any) -> Any:
        name = _test()
        if name:
            with suppress(module.HTTPException):  # a connection that has no request to end says so itself
                self.putheader(_HEADER, name)
        return plain(self, *arguments, **named)

    module.HTTPConnection.endheaders = endheaders


def _httpx(module: Any) -> None:
    plain, waiting = module.Client.send, module.AsyncClient.send

    def send(self: Any, request: Any, *arguments: Any, **named: Any) -> Any:
        name = _test()
        if name:
            request.headers[_HEADER] = name
        return plain(self, request, *arguments, **named)

    async def send_waiting(self: Any, request: Any, *arguments: Any, **named: Any) -> Any:
        name = _test()
        if name:
            request.headers[_HEADER] = name
        return await waiting(self, request, *arguments, **named)

    module.Client.send, module.AsyncClient.send = send, send_waiting


def _aiohttp(module: Any) -> None:
    plain = module.ClientRequest.__init__

    def begin(self: Any, *arguments: Any, **named: Any) -> None:
        plain(self, *arguments, **named)
        name = _test()
        if name:
            self.headers[_HEADER] = name

    module.ClientRequest.__init__ = begin


_PATCHES = {"http.client": _http_client, "httpx": _httpx, "aiohttp.client_reqrep": _aiohttp}


class _Loader(importlib.abc.Loader):
    def __init__(self, inner: Any, patch: Any) -> None:
        self._inner, self._patch = inner, patch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def create_module(self, spec: Any) -> Any:
        return self._inner.create_module(spec)

    def exec_module(self, module: Any) -> None:
        self._inner.exec_module(module)
        with suppress(Exception):  # a client that is built otherwise goes without names
            self._patch(module)


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        patch = _PATCHES.get(fullname)
        if patch is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        spec.loader = _Loader(spec.loader, patch)
        return spec


def _next() -> None:
    """Run the sitecustomize that this one stands before, if there is one."""
    elsewhere = [place for place in sys.path if os.path.abspath(place or ".") != _HERE]  # noqa: PTH100
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


sys.meta_path.insert(0, _Finder())
for _name, _patch in _PATCHES.items():
    if _name in sys.modules:
        _patch(sys.modules[_name])
_next()
