"""The source tree of a generated SDK: a throw-away copy of its tests, and which operation each of them is about."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.sandbox.resources import shape_of
from conformance.spec.document import Document, base_path

TESTS = Path("tests", "api_resources")
_ENDPOINT = re.compile(r'<code title="(\w+) ([^"]+)">\s*client\.((?:\w+\.)*)<a [^>]*>(\w+)</a>')
_DISABLED = re.compile(r'^[ \t]*@pytest\.mark\.skip\(reason="[^"\n]*\b[Tt]ests are disabled[^"\n]*"\)[ \t]*\n', re.MULTILINE)
_SKIPPED = re.compile(r"^[ \t]*@pytest\.mark\.skip\b", re.MULTILINE)
_CLIENTS = frozenset({"client", "async_client"})
_VIEWS = frozenset({"with_raw_response", "with_streaming_response"})

Endpoint = tuple[str, str]
"""A method in lower case, and a path with its parameters written ``{}``."""


def source_tree(given: Path | None, folder: Path, package: str) -> Path:
    """The SDK's unpacked source: a folder as it is, an archive unpacked below ``folder``.

    Without one, pip fetches the source of the installed version of ``package``, else of the newest.
    """
    if given is None:
        given = _fetched(package, folder)
    if given.is_dir():
        return given
    if not given.is_file():
        sys.exit(f"there is no {given}")
    with tarfile.open(given) as archive:
        archive.extractall(folder / "source", filter="data")
    return next(path.parent for path in sorted((folder / "source").rglob("api.md")))


def _fetched(package: str, folder: Path) -> Path:
    shown = subprocess.run([sys.executable, "-m", "pip", "show", package], capture_output=True, text=True, check=False)
    version = next((line.partition(":")[2].strip() for line in shown.stdout.splitlines() if line.startswith("Version:")), "")
    wanted = f"{package}=={version}" if version else package
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-binary",
        ":all:",
        "--dest",
        str(folder),
        wanted,
    ]
    subprocess.run(command, check=True)
    return next(folder.glob("*.tar.gz"))


def copied(tree: Path, folder: Path) -> tuple[Path, int, int]:
    """A copy of the SDK's package and tests without the marks that turn the whole suite off.

    Returns:
        The copy, how many such marks there were, and how many other skip marks were left alone.
    """
    copy, removed, left = folder / "copy", 0, 0
    shutil.rmtree(copy, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache")
    for name in ("src", "tests"):
        shutil.copytree(tree / name, copy / name, ignore=ignored)
    shutil.copy(tree / "pyproject.toml", copy)
    for path in sorted((copy / "tests").rglob("test_*.py")):
        text, count = without_marks(path.read_text(encoding="utf-8"))
        removed, left = removed + count, left + len(_SKIPPED.findall(text))
        if count:
            path.write_text(text, encoding="utf-8")
    return copy, removed, left


def without_marks(source: str) -> tuple[str, int]:
    """A test file without its ``... tests are disabled`` marks, and how many there were."""
    return _DISABLED.subn("", source)


def endpoints(api: str) -> dict[str, Endpoint]:
    """The endpoint of every method that an ``api.md`` lists, by its dotted name without the client: ``faxes.create``."""
    return {f"{groups}{method}": (verb.lower(), shape_of(path.partition("?")[0]))
            for verb, path, groups, method in _ENDPOINT.findall(api)}  # fmt: skip


def calls(source: str) -> dict[str, tuple[str, ...]]:
    """The client methods that each test of a file calls, by ``TestClass::test_name``."""
    found = {}
    for node in ast.parse(source).body:
        for member in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)) and member.name.startswith("test"):
                found[f"{node.name}::{member.name}"] = tuple(dict.fromkeys(_called(member)))  # type: ignore[attr-defined]
    return found


def _called(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        names: list[str] = []
        at = node.func if isinstance(node, ast.Call) else None
        while isinstance(at, ast.Attribute):
            names.append(at.attr)
            at = at.value
        if isinstance(at, ast.Name) and at.id in _CLIENTS and names:
            yield ".".join(name for name in reversed(names) if name not in _VIEWS)


def subjects(tree: Path) -> dict[str, Endpoint | None]:
    """The endpoint of every test function, by node id without parameters; ``None`` where ``api.md`` does not say."""
    known = {name: end for path in sorted(tree.glob("*.md")) if path.name == "api.md"
             for name, end in endpoints(path.read_text(encoding="utf-8")).items()}  # fmt: skip
    found: dict[str, Endpoint | None] = {}
    for path in sorted((tree / TESTS).rglob("test_*.py")):
        for name, called in calls(path.read_text(encoding="utf-8")).items():
            found[f"{path.relative_to(tree).as_posix()}::{name}"] = next((known[call] for call in called if call in known), None)
    return found


def document_endpoints(document: Document) -> dict[Endpoint, str]:
    """The document's operations by endpoint, with and without the base path of their servers; the values are their labels."""
    found: dict[Endpoint, str] = {}
    for operation in document.operations:
        for base in ("", *(base_path(server) for server in operation.servers)):
            found.setdefault((operation.method, base + shape_of(operation.path)), operation.label)
    return found


def sorted_out(tests: Mapping[str, Endpoint | None], document: Document) -> dict[str, str]:
    """The tests whose endpoint is in the document, with the label of its operation."""
    known = document_endpoints(document)
    return {name: known[end] for name, end in tests.items() if end is not None and end in known}
