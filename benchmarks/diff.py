"""What ``conformance diff`` costs on real documents, that it says the same each time, and nothing of equal ones.

    python benchmarks/diff.py [OLD NEW] [--peer 'oasdiff changelog {old} {new} -f json']

CPU and peak memory are those of whole processes, started fresh. A peer's command is measured in the same run, when one is
named. Without documents, those in ``../shared/specs`` are compared.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "specs"
PROGRAM = "from conformance.cli.main import run; run()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process took: seconds of CPU, megabytes at its peak, and the digest of what it wrote."""

    cpu: float
    memory: float
    digest: str
    output: bytes


def measured(command: list[str], **environment: str) -> Cost:
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env={**os.environ, **environment})
        _, _, usage = os.wait4(process.pid, 0)
        out.seek(0)
        output = out.read()
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(cpu=cpu, memory=usage.ru_maxrss / 1024, digest=hashlib.sha256(output).hexdigest()[:12], output=output)


def ours(old: Path, new: Path, **environment: str) -> Cost:
    return measured([sys.executable, "-c", PROGRAM, "diff", str(old), str(new), "--format", "json"], **environment)


def told(name: str, cost: Cost, more: str = "") -> str:
    return f"{name:<44} {cost.cpu:6.2f} s CPU {cost.memory:6.0f} MB  {more}".rstrip()


def compared(old: Path, new: Path, peer: str | None) -> None:
    costs = [ours(old, new, PYTHONHASHSEED=seed) for seed in ("0", "1", "2")]
    best = min(costs, key=lambda cost: cost.cpu)
    changes = json.loads(best.output)["changes"]
    levels = {level: sum(change["level"] == level for change in changes) for level in ("breaking", "warning", "info")}
    same = "same output each time" if len({cost.digest for cost in costs}) == 1 else "OUTPUT DIFFERS"
    print(told(f"{old.stem} -> {new.stem}", best, f"{levels}, {same}"))
    if peer:
        cost = measured(shlex.split(peer.format(old=old, new=new)))
        print(told(f"  {shlex.split(peer)[0]}", cost, f"we take {best.cpu / cost.cpu:.2f} of its CPU"))


def unchanged(path: Path, ways: list[str]) -> None:
    sys.path.append(str(ROOT / "tests" / "diff"))
    import rewriting  # noqa: PLC0415 - the folder of the tests is on the path now

    value = json.loads(path.read_text())
    with tempfile.TemporaryDirectory() as folder:
        for name in ways:
            new = Path(folder) / f"{name}.json"
            new.write_text(json.dumps(getattr(rewriting, name)(value)))
            cost = ours(path, new)
            found = len(json.loads(cost.output)["changes"])
            print(told(f"{path.stem}, {name}", cost, "no changes" if not found else f"{found} CHANGES"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="*", type=Path)
    parser.add_argument("--peer", help="command of another tool, with {old} and {new}")
    parser.add_argument("--ways", default="described,inlined,renamed,schemes_renamed,nulls_rewritten,shuffled,wrapped")
    arguments = parser.parse_args()
    old, new = arguments.documents or (SHARED / "telnyx-2021.json", SHARED / "telnyx-official-2026-07.json")
    compared(old, new, arguments.peer)
    compared(new, new, arguments.peer)
    for path in (old, ROOT / "specs" / "telnyx-v2.json", new):
        unchanged(path, [way for way in arguments.ways.split(",") if way])


if __name__ == "__main__":
    main()
