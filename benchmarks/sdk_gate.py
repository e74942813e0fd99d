"""Three real SDKs before ``conformance gate``: what it finds, and how much of the document their tests touch.

    python benchmarks/sdk_gate.py [--spec F] [--sdist PATH] [--python PATH] [--legacy PATH] [--npm DIR] [--only NAME,...]

- ``python``: the generated Python SDK with its own tests (see ``sdk_suite.py``), under pytest. ``--python`` is an interpreter
  with what they need.
- ``typescript``: the package ``telnyx`` of npm. Its tests are not published, so each example in the comments of its methods is
  one (``sdk_examples.cjs``). ``--npm`` is a folder where it is installed; else npm fetches it.
- ``legacy``: the hand-written ``telnyx`` 2.x of PyPI, every call that its classes offer (``sdk_classes.py``). ``--legacy`` is an
  interpreter that has it; else one is made.

The first two say by themselves where they go (``TEST_API_BASE_URL``, ``TELNYX_BASE_URL``), the third by ``--env``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdk_source import TESTS, copied, source_tree

from conformance import shipped
from conformance.sandbox.sample import Sampler, Unsatisfiable
from conformance.spec.document import Document, base_path

HERE = Path(__file__).parent
NPM = "telnyx@7.24.0"
LEGACY = "telnyx==2.1.6"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An SDK that is ready to be gated: where its tests run, the command, and options of the gate."""

    name: str
    folder: Path
    command: list[str]
    options: list[str]
    environment: dict[str, str]


def python_sdk(options: argparse.Namespace, folder: Path) -> Client:
    """The generated Python SDK with its own tests."""
    copy, _, _ = copied(source_tree(options.sdist, folder, "telnyx"), folder)
    plugins = [word for name in ("pytest_asyncio.plugin", "xdist.plugin", "respx.plugin") for word in ("-p", name)]
    command = [options.python, "-m", "pytest", TESTS.as_posix(), "-o", "addopts=", *plugins, "-n", str(options.workers), "-q",
               "--tb=no", "--no-header", "-p", "no:cacheprovider", f"--junit-xml={folder / 'python.xml'}"]  # fmt: skip
    command += ["-k", options.k] if options.k else []
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return Client(name="python", folder=copy, command=command, options=["--junit", str(folder / "python.xml")],
                  environment=environment)  # fmt: skip


def typescript_sdk(options: argparse.Namespace, folder: Path) -> Client:
    """The TypeScript SDK by the examples in its comments."""
    place = options.npm or folder
    if options.npm is None:
        subprocess.run(["npm", "install", "--silent", "--prefix", str(folder), NPM], check=True)
    command = ["node", str(HERE / "sdk_examples.cjs"), str(Path(place) / "node_modules" / "telnyx")]
    return Client(name="typescript", folder=folder, command=command, options=[], environment={})


def legacy_sdk(options: argparse.Namespace, folder: Path) -> Client:
    """The older Python SDK by its classes."""
    python = options.legacy
    if not python:
        subprocess.run([sys.executable, "-m", "venv", str(folder / "legacy")], check=True)
        python = str(folder / "legacy" / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", LEGACY], check=True)
    values = folder / "values.json"
    values.write_text(json.dumps(made(Document.load(options.spec))), encoding="utf-8")
    return Client(name="legacy", folder=folder, command=[python, str(HERE / "sdk_classes.py")],
                  options=["--env", "TELNYX_API_BASE={origin}"], environment={"SDK_VALUES": str(values)})  # fmt: skip


def made(document: Document) -> dict[str, dict[str, Any]]:
    """For each path of a collection, below the base path, a body that creates a thing and an id that reads one."""
    sampler = Sampler(direction="request", seed=1)
    found: dict[str, dict[str, Any]] = {}
    for operation in document.operations:
        above, _, last = operation.path.rpartition("/")
        for base in {base_path(server) for server in operation.servers}:
            try:
                if operation.method == "post" and operation.request_body is not None:
                    media = operation.request_body.content.get("application/json")
                    if media is not None and media.schema is not None:
                        found.setdefault(base + operation.path, {})["body"] = sampler.sample(media.schema, rich=False)
                elif operation.method == "get" and last.startswith("{") and "{" not in above:
                    held = next(one for one in operation.parameters_in("path"))
                    if held.schema is not None:
                        found.setdefault(base + above, {})["id"] = str(sampler.sample(held.schema))
            except (Unsatisfiable, StopIteration):
                continue
    return {url: values for url, values in found.items() if isinstance(values.get("body", {}), dict)}


CLIENTS: dict[str, Callable[[argparse.Namespace, Path], Client]] = {
    "python": python_sdk, "typescript": typescript_sdk, "legacy": legacy_sdk,
}  # fmt: skip


def gated(client: Client, options: argparse.Namespace, out: Path) -> tuple[dict[str, Any], str, float, int]:
    """Run the gate; gives ``gate.json``, the lines at its end, seconds and the exit code."""
    gate = [str(Path(sys.executable).with_name("conformance")), "gate", "--spec", options.spec, "--out", str(out)]
    gate += ["--vacuity"] if options.vacuity else []
    began = time.monotonic()
    ran = subprocess.run([*gate, *client.options, "--", *client.command], cwd=client.folder, text=True, stdout=subprocess.PIPE,
                         env={**os.environ, **client.environment}, check=False)  # fmt: skip
    _, _, said = f"\n{ran.stdout}".rpartition("\ngate: ")
    if not (out / "gate.json").exists():
        sys.exit(f"{client.name}: the gate ended with {ran.returncode}: {ran.stdout[-2000:]}")
    told = json.loads((out / "gate.json").read_text(encoding="utf-8"))
    return told, f"gate: {said}", time.monotonic() - began, ran.returncode


def row(name: str, told: dict[str, Any], seconds: float, code: int) -> str:
    """The figures of one SDK as a row of a table."""
    called = sum(bool(one["requests"]) for one in told["operations"].values())
    vacuous = told["vacuity"] or {}
    passing = len(vacuous["passing"]) if vacuous.get("passing") is not None else None
    share = f"{passing:,} of {vacuous['judged']:,}" if passing is not None else "-"
    counts = Counter(one["whose"] for one in told["findings"])
    blamed = " | ".join(f"{counts[whose]:,}" for whose in ("sdk", "document", "sdk or test", "sdk or document"))
    touched = f"{told['exchanges']:,} | {called:,} of {len(told['operations']):,}"
    return f"| {name} | {touched} | {blamed} | {share} | {code} | {seconds:.0f} |"


def main() -> None:
    """Gate each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spec", default=str(shipped.document()), help="the document; the shipped one by default")
    parser.add_argument("--sdist", type=Path, help="the Python SDK's source, packed or not; else pip fetches it")
    parser.add_argument("--python", default=sys.executable, metavar="PATH", help="the interpreter for the Python SDK's tests")
    parser.add_argument("--legacy", default="", metavar="PATH", help="an interpreter with telnyx 2.x")
    parser.add_argument("--npm", type=Path, metavar="DIR", help="a folder with node_modules/telnyx")
    parser.add_argument("--only", default=",".join(CLIENTS), help="which of them")
    parser.add_argument("--workers", type=int, default=0, help="processes of pytest-xdist; 0 is none")
    parser.add_argument("--vacuity", action="store_true", help="run everything again before {}")
    parser.add_argument("--out", type=Path, help="keep the reports in this folder")
    parser.add_argument("-k", default="", help="pytest's choice of tests")
    options = parser.parse_args()
    options.spec = str(Path(options.spec).resolve())
    rows, said = [], []
    with tempfile.TemporaryDirectory() as temporary:
        for name in options.only.split(","):
            folder = Path(temporary).resolve() / name
            folder.mkdir()
            client = CLIENTS[name](options, folder)
            told, text, seconds, code = gated(client, options, (options.out or Path(temporary)).resolve() / f"{name}-reports")
            rows.append(row(name, told, seconds, code))
            kinds = Counter(one["id"] for one in told["findings"])
            said.append(f"## {name}\n\n{', '.join(f'{count} {kind}' for kind, count in kinds.most_common())}\n\n{text}")
    print("| SDK | exchanges | operations | SDK | document | SDK or test | SDK or document | pass against {} | exit | s |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    print("\n".join(rows), *said, sep="\n\n")


if __name__ == "__main__":
    main()
