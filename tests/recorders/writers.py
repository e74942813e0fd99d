"""The tools that record: each calls a sandbox of ``pets.json`` and writes what went by. ``python tests/recorders/writers.py``.

Run as a program it makes the files in ``written/`` again, with the tools that are there. The packages for node are looked for
where ``NODE_PATH`` says.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from conformance.sandbox.responder import Sandbox
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document

HERE = Path(__file__).parent
WRITTEN, SPEC = HERE / "written", HERE / "pets.json"
FILES = {"chromium": "chromium.har", "postman": "postman.json", "redocly": "redocly.har", "vcrpy": "vcrpy.yaml"}


def chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


def redocly() -> str | None:
    places = [Path(place) / ".bin" / "redocly" for place in os.environ.get("NODE_PATH", "").split(os.pathsep) if place]
    return shutil.which("redocly") or next((str(place) for place in places if place.exists()), None)


def node_has(package: str) -> bool:
    node = shutil.which("node")
    if node is None:
        return False
    return subprocess.run([node, "-e", f"require.resolve({package!r})"], check=False, capture_output=True).returncode == 0


def missing(tool: str) -> str:
    """What a tool lacks here, empty when it can be run."""
    lacks = {
        "chromium": lambda: chromium() is None or not node_has("playwright-core"),
        "postman": lambda: not node_has("postman-collection"),
        "redocly": lambda: redocly() is None,
        "vcrpy": lambda: importlib.util.find_spec("vcr") is None,
    }
    return f"{tool} is not installed" if lacks[tool]() else ""


def record(tool: str, file: Path) -> None:
    """Have a tool write ``file``."""
    with serve_in_background(Sandbox(Document.load(SPEC), seed=7)) as origin:
        base = origin.rstrip("/").removesuffix("/v1") + "/v1"
        if tool == "vcrpy":
            with_vcrpy(base, file)
        else:
            command = {
                "chromium": ["node", HERE / "chromium.cjs", base, file, chromium() or ""],
                "postman": ["node", HERE / "postman.cjs", base, file],
                "redocly": [redocly() or "", "respect", HERE / "arazzo.yaml", "--har-output", file, "--server", f"pets={base}"],
            }[tool]
            environment = {**os.environ, "REDOCLY_TELEMETRY": "off"}
            subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=120, env=environment)


def with_vcrpy(base: str, file: Path) -> None:
    import vcr

    with vcr.VCR(record_mode="all", decode_compressed_response=False).use_cassette(str(file)):
        body = b'{"name":"Rex"}'
        request = urllib.request.Request(f"{base}/pets", data=body, headers={"Content-Type": "application/json"})
        made = urllib.request.urlopen(request).read().decode()
        place = f"{base}/pets/{made.partition(chr(34) + 'id' + chr(34) + ':' + chr(34))[2].partition(chr(34))[0]}"
        urllib.request.urlopen(place).read()
        urllib.request.urlopen(urllib.request.Request(place, method="DELETE")).read()
        try:
            urllib.request.urlopen(place)
        except urllib.error.HTTPError as raised:
            raised.close()


def with_schemathesis(folder: Path) -> None:
    """Have ``st run`` test a sandbox and report the traffic in each of its formats."""
    program = Path(sys.executable).with_name("st")
    with serve_in_background(Sandbox(Document.load(SPEC), seed=7)) as origin:
        base = origin.rstrip("/").removesuffix("/v1") + "/v1"
        subprocess.run(
            [program, "run", SPEC, "--url", base, "--report", "har,vcr,ndjson", "--report-dir", folder, "--max-examples", "2",
             "--checks", "not_a_server_error", "--generation-database", "none"],
            check=True, capture_output=True, timeout=120, cwd=folder,
        )  # fmt: skip


if __name__ == "__main__":
    for name, target in FILES.items():
        lack = missing(name)
        if not lack:
            (WRITTEN / target).unlink(missing_ok=True)
            record(name, WRITTEN / target)
        sys.stdout.write(f"{target}: {lack or 'written'}\n")
