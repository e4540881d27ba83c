"""Puts the commands together and turns errors into one line and an exit code."""

import importlib
import logging
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from muster.core.errors import MusterError

_COMMANDS = {
    "agent": ("muster.cli.agent", "Pause, drain and resume agents, teams and the fleet."),
    "client": ("muster.cli.client", "People and programs outside the teams that use governed tools."),
    "demo": ("muster.cli.demo", "Work through the demo company's day and show the figures."),
    "doctor": ("muster.cli.doctor", "Say what is wrong with this installation and how to mend it."),
    "escalation": ("muster.cli.escalation", "What waits for a person, and what they are given."),
    "export": ("muster.cli.export", "Costs as FOCUS rows, tasks as OpenTelemetry traces."),
    "inbox": ("muster.cli.inbox", "What waits for your word: approvals and escalations."),
    "intake": ("muster.cli.intake", "What arrived: queue, quarantine, collection."),
    "kpi": ("muster.cli.kpi", "Completion, escalation, time and cost, by team."),
    "ledger": ("muster.cli.ledger", "Check, seal, prove, export and rebuild the record."),
    "model": ("muster.cli.model", "Which model serves which role, and what caching saves."),
    "phase": ("muster.cli.phase", "How much each agent may do alone, and on what evidence."),
    "policy": ("muster.cli.policy", "Why a call is allowed, held or denied; cases the policy must decide."),
    "prompt": ("muster.cli.prompt", "The prompts agents get: list, add, put in force, go back."),
    "reference": ("muster.cli.reference", "Print a reference page made from the code."),
    "review": ("muster.cli.review", "Write the review of a week or a month."),
    "roi": ("muster.cli.roi", "Return and payback of a team, as distributions."),
    "roster": ("muster.cli.roster", "Every agent: who answers for it, what it may do, what it did lately."),
    "sandbox": ("muster.cli.sandbox", "How agents' code and strangers' files are kept in."),
    "service": ("muster.cli.service", "Run one service in the foreground."),
    "standard": ("muster.cli.standard", "The standard every agent obeys."),
    "status": ("muster.cli.status", "What runs, and whether it is well."),
    "task": ("muster.cli.task", "What became of tasks, and whether their results held."),
    "team": ("muster.cli.team", "Check, deploy and list teams."),
    "token": ("muster.cli.token", "Short-lived tokens of outside clients."),
    "tool": ("muster.cli.tool", "The tools behind the gateway."),
    "trace": ("muster.cli.trace", "One task from arrival to end."),
    "up": ("muster.cli.up", "Run everything until Ctrl-C."),
    "whatif": ("muster.cli.whatif", "What another setting would have done to a past period."),
}
"""Every command: the module whose `app` it is, imported only when it is called, and a line of help."""


class _LazyGroup(TyperGroup):
    """A group that imports a command's module only when the command is used."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 the base class's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _ = _COMMANDS[cmd_name]
        command = typer.main.get_command(importlib.import_module(module).app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(_COMMANDS.items())])


app = typer.Typer(
    cls=_LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="The workbench for running a company's AI agents as an accountable workforce.",
)


@app.callback()
def _root() -> None:
    """The workbench for running a company's AI agents as an accountable workforce."""


def main() -> None:
    """Run the command line; a `MusterError` ends it with one line, what to do, and its group's exit code."""
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # its warnings say what the error will say
    try:
        app()
    except MusterError as error:
        complain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def complain(error: MusterError) -> None:
    """Say on standard error what was wrong, where, and what to do."""
    lines: list[Any] = [f"error: {error}"]
    if error.do:
        lines.append(f"  do: {error.do}")
    sys.stderr.write("\n".join(lines) + "\n")
