"""The pages of the project as Markdown: their headings, links and fenced blocks."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_SET = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*")
_WORDS = ("|", "||", "&&", ";", "if", "then", "fi", "[", ">>", ">", "<")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def prose(self) -> str:
        return _FENCE.sub("", self.text)

    def blocks(self, *languages: str) -> list[str]:
        return [body for language, body in _FENCE.findall(self.text) if language in languages]

    def links(self) -> list[str]:
        return _LINK.findall(_CODE.sub("", self.prose))

    def anchors(self) -> set[str]:
        """The anchors that GitHub gives the headings."""
        return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")
                for heading in _HEADING.findall(self.prose)}  # fmt: skip

    def commands(self) -> list[list[str]]:
        """Every command of shell blocks, terminal sessions and CI files, as words."""
        lines = [line for block in self.blocks("sh") for line in _lines(block)]
        lines += [line[2:] for block in self.blocks("console") for line in _lines(block) if line.startswith("$ ")]
        lines += [line for block in self.blocks("yaml") for script in scripts(yaml.safe_load(block)) for line in _lines(script)]
        return [command for line in lines for command in _split(line)]


def scripts(value: object) -> Iterator[str]:
    """The shell scripts of a GitHub or GitLab job, anywhere in a file."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "run" and isinstance(item, str):
                yield item
            elif key == "script" and isinstance(item, list):
                yield from item
            else:
                yield from scripts(item)
    elif isinstance(value, list):
        for item in value:
            yield from scripts(item)


def _lines(text: str) -> list[str]:
    return text.replace("\\\n", " ").splitlines()


def _split(line: str) -> Iterator[list[str]]:
    """The simple commands of a line, without redirections and assignments."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    command: list[str] = []
    redirected = False
    for word in (*lexer, ";"):
        if word in {"<", ">", ">>"}:
            redirected = True
        elif redirected:
            redirected = False
        elif word in _WORDS:
            if command:
                yield command
            command = []
        elif command or not (_SET.fullmatch(word)):
            command.append(word)


def pages() -> list[Page]:
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md"), ROOT / "specs" / "README.md", ROOT / "reports" / "README.md"]
    return [Page(path=path) for path in sorted(found)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page" in metafunc.fixturenames:
        found = pages()
        metafunc.parametrize("page", found, ids=[page.name for page in found])


@pytest.fixture(scope="session")
def docs() -> dict[str, Page]:
    """The pages by their path from the root."""
    return {page.name: page for page in pages()}
