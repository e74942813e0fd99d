"""The ``conformance`` command: finds the command, turns the user's mistakes into one sentence and exit code 2."""

from __future__ import annotations

import gc
import importlib
import io
import os
import sys

import click

from conformance.cli.exits import Exit
from conformance.errors import ConformanceError

COMMANDS = {
    "run": "Lint, fuzz and replay, and write the report.",
    "lint": "Check the document itself.",
    "diff": "Say what changed between two documents, and whom it breaks.",
    "sandbox": "Serve the document as a stateful service.",
    "proxy": "Stand before a target, record and validate what goes through.",
    "gate": "Run a client's own tests, and judge what they put on the wire.",
    "prove": "Plant every fault in the sandbox, and see which of them the suite finds.",
    "recordings": "List recorded traffic, check it for drift, and make it anew.",
    "clean": "Delete what an interrupted run created.",
    "reproduce": "Send a finding again, and say whether its defect is still there.",
    "baseline": "Accept findings of a run, or take out what it no longer finds.",
    "spec": "Look after the vendored document.",
    "report": "Make the HTML report from results, and open it.",
}


class _Lazy(click.Group):
    """Imports a command's module only when it is used, so that ``--help`` and ``lint`` start fast."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        # Nothing of what is imported is garbage, and all of it stays: it need not be looked through again and again.
        gc.disable()
        try:
            module = importlib.import_module(f"conformance.cli.{cmd_name}")
        finally:
            gc.freeze()
            gc.enable()
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="telnyx-conformance")
def main() -> None:
    """Keeps an OpenAPI document, the service behind it and its SDKs in agreement."""


def run() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        # What services answer may hold characters that the terminal's encoding, or any, cannot write.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = main(standalone_mode=False, prog_name="conformance")
    except click.exceptions.Exit as raised:
        code = raised.exit_code
    except click.Abort:
        code = Exit.INTERRUPTED
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    except click.ClickException as raised:
        click.echo(f"error: {_sentence(raised)}", err=True)
        code = Exit.USAGE
    except ConformanceError as raised:
        click.echo(f"error: {raised}", err=True)
        code = Exit.USAGE
    except BrokenPipeError:
        # The reader went away (``| head``); what it read was what it wanted.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.CONFORMS
    sys.exit(int(code or 0))


def _sentence(raised: click.ClickException) -> str:
    """A mistake on the command line in one sentence, with where to look."""
    message = raised.format_message().rstrip(".")
    context = getattr(raised, "ctx", None)
    path = context.command_path if context is not None else "conformance"
    return f"{message[:1].lower()}{message[1:]}; see '{path} --help'"
