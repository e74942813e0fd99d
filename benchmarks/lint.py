"""The linter beside others on real documents: CPU and memory of whole processes, in one run.

    python benchmarks/lint.py --redocly .../redocly --spectral .../spectral [DOCUMENT ...]

Redocly and Spectral come from npm (`npm install @redocly/cli @stoplight/spectral-cli`); whoever is not named is left out.
Each runs with the rules that its publisher recommends, we with all of ours. CPU is user and system time of the process and
what it started, memory the largest resident size; the least of the rounds counts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    ROOT / "specs/telnyx-v2.json",
    ROOT.parent / "shared/specs/telnyx-official-2026-07.json",
    ROOT.parent / "shared/specs/telnyx-2021.json",
)
_VALIDATE = """
import json, sys
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
value = json.load(open(sys.argv[1], encoding="utf-8"))
validator = OpenAPIV30SpecValidator if value["openapi"].startswith("3.0") else OpenAPIV31SpecValidator
print(sum(1 for _ in validator(value).iter_errors()))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process took: CPU in seconds, and its largest resident size in megabytes."""

    cpu: float
    memory: float


def cost(command: list[str]) -> Cost:
    """Run a command to its end and tell what it took; its output and exit code do not matter."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return Cost(cpu=used.ru_utime + used.ru_stime, memory=used.ru_maxrss / 1024)


def commands(document: Path, options: argparse.Namespace, folder: Path) -> dict[str, list[str]]:
    """Who is measured, by name."""
    found = {
        "conformance": [
            sys.executable,
            "-c",
            "from conformance.cli.main import run; run()",
            "lint",
            str(document),
            "--format",
            "json",
        ]
    }
    if options.redocly:
        config = folder / "redocly.yaml"
        config.write_text("extends: [recommended]\n", "utf-8")
        found["redocly"] = [options.redocly, "lint", "--config", str(config), "--format", "json", str(document)]
    if options.spectral:
        ruleset = folder / "spectral.yaml"
        ruleset.write_text("extends: ['spectral:oas']\n", "utf-8")
        found["spectral"] = [options.spectral, "lint", "--ruleset", str(ruleset), "--format", "json", str(document)]
    if not options.fast:
        found["openapi-spec-validator"] = [sys.executable, "-c", _VALIDATE, str(document)]
    return found


def main() -> int:
    """Print a table; 1 when we take more than half of Redocly's CPU, or more memory than it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="*", type=Path)
    parser.add_argument("--redocly")
    parser.add_argument("--spectral")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fast", action="store_true", help="leave openapi-spec-validator out")
    options = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for document in options.documents or [path for path in DOCUMENTS if path.exists()]:
            rows: dict[str, list[Cost]] = {}
            for _ in range(options.rounds):
                for name, command in commands(document, options, Path(folder)).items():
                    rows.setdefault(name, []).append(cost(command))
            best = {
                name: Cost(cpu=min(row.cpu for row in held), memory=max(row.memory for row in held))
                for name, held in rows.items()
            }
            print(f"\n{document.name}\n{'':<24}{'CPU s':>8}{'MB':>8}{'of ours':>9}")
            own = best["conformance"]
            for name, row in best.items():
                print(f"{name:<24}{row.cpu:>8.2f}{row.memory:>8.0f}{row.cpu / own.cpu:>8.1f}x", flush=True)
            peer = best.get("redocly")
            if peer is not None and (own.cpu * 2 > peer.cpu or own.memory > peer.memory):
                print(f"missed: {own.cpu / peer.cpu:.2f} of Redocly's CPU, {own.memory / peer.memory:.2f} of its memory")
                missed = 1
    return missed


if __name__ == "__main__":
    sys.exit(main())
