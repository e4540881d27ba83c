"""Tokens and money a task takes: a team of agents against one agent with the same tools, rules and tasks.

Run: `python -m tests.benchmarks.team_tokens [--tasks 40] [--json]` (`--tasks 0`: the whole day).

Both work the same messages of the demo company's day through the real gateway, with the same runtime, the
same prompt caching and the same rehearsal model without mistakes. The lone agent has one prompt per team,
merged by hand without repetition, every tool of the team, and the strongest of the team's models, since it
moves money. What it has looked up it does not look up again. The rehearsal cannot tell which of the two works
better: it acts the same decisions in both. It tells what the same work costs.

Tokens are all that a model read or wrote: fresh input, written to and read from the cache, and output.
Weighted tokens count each kind by its price, as if all agents had one model: this is what caching and length
come to. Dollars count which model each agent has, too. A ratio is team / lone agent over the same tasks, with
its 95 % interval (delta method); under 1 the team takes less.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

import polars as pl

from muster.analysis import intervals
from muster.core.settings import PROJECT_ROOT
from muster.services.ports import free_port

CLAIM = "published elsewhere, not measured here: 41 % fewer tokens for teams (a ratio of 0.59)"
COMPANY = "all teams"
_PORTS = ("POSTGRES", "PREFECT", "HTTP", "REHEARSAL", "COMPANY", "SMTP", "DASHBOARD", "LAB")
_WEIGHTS = {"input_tokens": 1.0, "output_tokens": 5.0, "cache_read_tokens": 0.1, "cache_write_tokens": 1.25}
"""What a token of each kind costs, in tokens of fresh input of the same model."""
_RATIOS = {"tokens": ",.0f", "weighted": ",.0f", "cost_usd": ".5f"}
_SUMS = ("tokens", "weighted", "cost_usd", "model_calls", "tool_calls", "cache_read_tokens")


def part_of_day(demo: Path, tasks: int, into: Path) -> None:
    """The demo folder with the first `tasks` messages of each team; all of them when it is 0."""
    shutil.copytree(demo, into)
    if not tasks:
        return
    kept: dict[str, int] = {}
    messages: set[str] = set()
    for line in (demo / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        kept[truth["team"]] = kept.get(truth["team"], 0) + 1
        if kept[truth["team"]] <= tasks:
            messages.add(truth["message"])
    for path in [*into.glob("mail/*"), *into.glob("drop/*/*")]:
        if str(path.relative_to(into)) not in messages:
            path.unlink()
    lines = (demo / "webhooks.jsonl").read_text(encoding="utf-8").splitlines()
    (into / "webhooks.jsonl").write_text("\n".join(lines[:tasks]) + "\n", encoding="utf-8")


def worked(way: Literal["team", "alone"], demo: Path, folder: Path) -> pl.DataFrame:
    """What each task of the day took, worked one way in an installation of its own."""
    ports = {f"MUSTER_{name}_PORT": str(free_port()) for name in _PORTS}
    home = folder / way
    environment = {
        **os.environ,
        **ports,
        "MUSTER_HOME": str(home),
        "MUSTER_DEMO_DIR": str(demo),
        "ANTHROPIC_API_KEY": "",
    }
    environment.pop("MUSTER_DATABASE_URL", None)
    out = folder / f"{way}.json"
    command = [sys.executable, "-m", "tests.benchmarks.team_tokens_day", way, str(out)]
    with (folder / f"{way}.log").open("wb") as log:
        done = subprocess.run(command, env=environment, cwd=PROJECT_ROOT, stdout=log, stderr=log, check=False)
    if done.returncode:
        sys.exit(f"the day did not come to its end:\n{(folder / f'{way}.log').read_text()[-3_000:]}")
    return frame(json.loads(out.read_text()))


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """One row a task: tokens and US dollars."""
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        tokens=pl.sum_horizontal(*_WEIGHTS),
        weighted=pl.sum_horizontal(pl.col(name) * weight for name, weight in _WEIGHTS.items()),
        cost_usd=pl.col("model_cost_usd").cast(pl.Float64),
    )


def compared(team: pl.DataFrame, alone: pl.DataFrame) -> pl.DataFrame:
    """Team against lone agent, by domain and for all.

    Frames in: one row a task, from `frame`. Frame out: one row per team and one for all: `tasks` both worked,
    `same_end` the share that ended alike, means a task of each (`team_…`, `alone_…`), and for tokens and
    money the ratio with its interval.
    """
    keys = ["team", "source", "external_id"]
    both = team.select(*keys, "status", *_SUMS).join(
        alone.select(*keys, "status", *_SUMS), on=keys, suffix="_alone", validate="1:1"
    )
    everything = both.with_columns(team=pl.lit(COMPANY))
    ratios = {name: intervals.ratio(pl.col(name), pl.col(f"{name}_alone")) for name in _RATIOS}
    return (
        pl.concat([both, everything])
        .group_by("team", maintain_order=True)
        .agg(
            pl.len().alias("tasks"),
            (pl.col("status") == pl.col("status_alone")).mean().alias("same_end"),
            *(pl.col(name).mean().alias(f"team_{name}") for name in _SUMS),
            *(pl.col(f"{name}_alone").mean().alias(f"alone_{name}") for name in _SUMS),
            *(
                one.alias(f"{name}_{part}")
                for name, parts in ratios.items()
                for part, one in zip(("ratio", "low", "high"), parts, strict=True)
            ),
        )
    )


def verdict(low: float, high: float) -> str:
    """Which of the two takes less, as far as the interval tells."""
    if low > 1:
        return "one agent takes less"
    return "the team takes less" if high < 1 else "no difference can be told"


def lines(table: pl.DataFrame) -> list[str]:
    """The comparison for people."""
    said = []
    for row in table.iter_rows(named=True):
        said.append(f"{row['team']}: {row['tasks']} tasks, {row['same_end']:.0%} ended alike")
        for name, unit in _RATIOS.items():
            team, alone = row[f"team_{name}"], row[f"alone_{name}"]
            low, high = row[f"{name}_low"], row[f"{name}_high"]
            said.append(
                f"  {name:<9} team {team:{unit}}, alone {alone:{unit}} a task; ratio "
                f"{row[f'{name}_ratio']:.2f} ({low:.2f} to {high:.2f}): {verdict(low, high)}"
            )
        said.append(
            f"  calls     model {row['team_model_calls']:.1f} against {row['alone_model_calls']:.1f}, tool "
            f"{row['team_tool_calls']:.1f} against {row['alone_tool_calls']:.1f}; read from the cache "
            f"{row['team_cache_read_tokens'] / row['team_tokens']:.0%} against "
            f"{row['alone_cache_read_tokens'] / row['alone_tokens']:.0%} of the tokens"
        )
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tasks", type=int, default=40, help="messages of each team; 0 for the whole day")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tokens") as name:
        folder = Path(name)
        folder.chmod(0o755)
        part_of_day(PROJECT_ROOT / "data" / "demo", given.tasks, folder / "demo")
        table = compared(worked("team", folder / "demo", folder), worked("alone", folder / "demo", folder))
    if given.json:
        print(
            json.dumps({"claim": CLAIM, "model_source": "rehearsal", "domains": table.to_dicts()}, indent=2)
        )
        return
    print(f"model source: rehearsal\n{CLAIM}")
    print("\n".join(lines(table)))


if __name__ == "__main__":
    main()
