"""`muster policy`: why a call is allowed, held or denied, and the cases the policy must decide."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.core.settings import Settings
    from muster.gateway.caller import Grant
    from muster.gateway.explain import Explained
    from muster.gateway.policy_cases import CaseResult

app = typer.Typer(no_args_is_help=True, help="Why a call is allowed, held or denied, and by which rule.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_WRONG = 1


@app.command()
def explain(
    agent: Annotated[str, typer.Argument(help="team/agent, or client/name")],
    tool: Annotated[str, typer.Argument(help="<server>__<tool>, as agents see it")],
    arguments: Annotated[str, typer.Argument(help="The call's arguments as JSON.")] = "{}",
    task: Annotated[
        str | None, typer.Option(help="As the next call of the run that works on this task.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What the gateway would decide about a call, step by step; nothing is called."""
    explained = asyncio.run(_explained(agent, tool, arguments, task))
    if as_json:
        print_json(
            {
                "outcome": explained.decision.outcome,
                "rule": explained.decision.verdict.rule,
                "steps": [asdict(step) for step in explained.decision.steps],
                "origins": explained.origins,
            }
        )
        return
    for step in explained.decision.steps:
        typer.echo(f"{step.outcome:<15} {step.rule:<12} {step.reason}")
    for name, origin in explained.origins.items():
        typer.echo(f"{'':<15} {name} is from: {origin}")


@app.command("test")
def judge_cases(
    file: Annotated[
        Path | None, typer.Argument(help="A table of cases; cases.yaml beside the policy when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge the cases kept beside the policy, without any system; exit code 1 when one is wrong."""
    from muster.core.settings import load_settings
    from muster.gateway.policy.files import load_policy
    from muster.gateway.policy_cases import judged_case, load_cases, wrong_ones
    from muster.gateway.registration import load_registration

    settings = load_settings()
    policy = load_policy(settings.policies_dir)
    registration = load_registration(settings.tools_registration)
    grants = _grants(settings)
    cases = load_cases(file or settings.policies_dir / "cases.yaml")
    results = [judged_case(case, policy, registration, grants) for case in cases]
    wrong = wrong_ones(results)
    if as_json:
        print_json(
            {"cases": len(results), "wrong": len(wrong), "results": [_as_data(each) for each in results]}
        )
    else:
        for result in results:
            _tell(result)
        typer.echo(f"{len(results) - len(wrong)} of {len(results)} cases are decided as they say")
    if wrong:
        raise typer.Exit(_WRONG)


def _tell(result: "CaseResult") -> None:
    verdict, case = result.decision.verdict, result.case
    typer.echo(f"{'ok' if result.right else 'WRONG':<6} {verdict.outcome:<15} {verdict.rule:<12} {case.case}")
    for problem in result.problems:
        typer.echo(f"{'':<6} {problem}")


def _as_data(result: "CaseResult") -> dict[str, Any]:
    verdict = result.decision.verdict
    return {
        "case": result.case.case,
        "right": result.right,
        "expected": result.case.expect,
        "outcome": verdict.outcome,
        "rule": verdict.rule,
        "reason": verdict.reason,
        "problems": result.problems,
        "origins": {} if result.tracing is None else dict(result.tracing.origins),
    }


def _grants(settings: "Settings") -> "dict[str, Grant]":
    """What the manifests in the teams folder grant, by team/agent."""
    from muster.gateway.grants import grants_in
    from muster.teams.manifest import load_manifest

    found = {}
    for folder in sorted(path.parent for path in settings.teams_dir.glob("*/team.yaml")):
        manifest = load_manifest(folder)
        for name, grant in grants_in(manifest.model_dump(mode="json")).items():
            found[f"{manifest.team}/{name}"] = grant
    return found


async def _explained(agent: str, tool: str, arguments: str, task: str | None) -> "Explained":
    from muster.core.settings import load_settings
    from muster.gateway.explain import explained
    from muster.wiring import open_ledger

    settings = load_settings()
    async with open_ledger(settings, pool_size=2) as ledger:
        return await explained(ledger, settings, agent, tool, arguments, task_id=task)
