import os
import signal
import sys
from pathlib import Path

import pytest

from tests.benchmarks.task_overhead import REACH, SYSTEMS, Cost, line, verdict_line, verdicts
from tests.benchmarks.task_overhead_muster import FINISH, next_answer
from tests.benchmarks.task_overhead_processes import Meter, Worker, cpu_seconds
from tests.benchmarks.task_overhead_work import STEPS, TOOLS

SPIN = (
    "import json, sys, time\n"
    "print(json.dumps({'ready': True}), flush=True)\n"
    "for line in sys.stdin:\n"
    "    end = time.process_time() + float(line)\n"
    "    while time.process_time() < end: pass\n"
    "    print('noise', flush=True); print(json.dumps({'did': line.strip()}), flush=True)\n"
)


def costs(ours: float, langgraph: float, pydantic_ai: float) -> dict[tuple[str, int], list[Cost]]:
    """Every system at every number in flight, at one price each."""
    prices = {"muster": ours, "muster, Prefect": ours * 2, "muster, gateway": ours * 3}
    prices |= {"LangGraph, async": langgraph, "LangGraph, sync": langgraph + 1, "Pydantic AI": pydantic_ai}
    return {
        (name, in_flight): [Cost(10.0, {"client": price / 2, "postgres": price / 2})]
        for name, price in prices.items()
        for in_flight in (1, 8, 64)
    }


def test_ours_is_held_against_the_cheapest_of_the_others() -> None:
    found = verdicts(list(SYSTEMS), costs(9.0, 30.0, 600.0))

    ours = [one for one in found if one["ours"] == "muster"]
    assert [(one["in_flight"], one["best_other"], one["reached"]) for one in ours] == [
        (1, "LangGraph, async", True),
        (8, "LangGraph, async", True),
        (64, "LangGraph, async", True),
    ]
    assert ours[0]["ratios"] == {
        "LangGraph, async": pytest.approx(0.3),
        "LangGraph, sync": pytest.approx(9 / 31),
        "Pydantic AI": pytest.approx(0.015),
    }
    assert "0.30 of LangGraph, async" in verdict_line(ours[0])


def test_just_above_a_third_is_not_reached() -> None:
    found = verdicts(list(SYSTEMS), costs(30.0 * REACH + 0.1, 30.0, 600.0))

    assert {one["reached"] for one in found} == {False}


def test_a_line_sums_the_processes() -> None:
    assert "CPU-ms a task    12.50" in line("muster", 8, [Cost(40.0, {"client": 10.0, "postgres": 2.5})])


def test_the_task_is_four_answers_and_four_tools_and_then_the_end() -> None:
    messages: list[dict[str, object]] = [{"role": "user", "content": "task"}]
    names = []
    for _ in range(len(STEPS) + 1):
        answer = next_answer(messages)
        names.append([block["name"] for block in answer.content])
        messages += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": []}]

    assert [len(step) for step in names] == [1, 1, 2, 1]
    assert sorted(name for step in names[:-1] for name in step) == sorted(f"shop__{tool}" for tool in TOOLS)
    assert names[-1] == ["finish"]
    assert FINISH["confidence"] == 0.95


def test_a_meter_counts_what_a_worker_used_and_its_ended_children_too(tmp_path: Path) -> None:
    worker = Worker([sys.executable, "-c", SPIN], os.environ, tmp_path, tmp_path / "log")
    try:
        assert worker.hear() == {"ready": True}
        meter = Meter({"worker": worker.pid})
        assert worker.tell("0.3") == {"did": "0.3"}
        assert meter.used()["worker"] >= 0.25
        before = cpu_seconds(os.getpid())
        child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(20_000_000))'])"
        with_child = Worker([sys.executable, "-c", child], os.environ, tmp_path, tmp_path / "log")
        with pytest.raises(RuntimeError, match="ended with 0"):
            with_child.hear()
        assert cpu_seconds(os.getpid()) - before >= 0.1
    finally:
        worker.end()


def test_a_worker_that_dies_is_reported_with_its_last_words(tmp_path: Path) -> None:
    worker = Worker(
        [sys.executable, "-c", "raise SystemExit('no database')"], os.environ, tmp_path, tmp_path / "log"
    )

    with pytest.raises(RuntimeError, match="no database"):
        worker.hear()


def test_a_process_that_does_not_get_quiet_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    worker = Worker([sys.executable, "-c", "while True: pass"], os.environ, tmp_path, tmp_path / "log")
    try:
        with pytest.raises(TimeoutError, match="worker was still busy"):
            Meter({"worker": worker.pid}).settle("worker", idle_share=0.0, patience_seconds=1)
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.end()


def test_a_quiet_process_is_settled(tmp_path: Path) -> None:
    worker = Worker([sys.executable, "-c", SPIN], os.environ, tmp_path, tmp_path / "log")
    try:
        worker.hear()
        meter = Meter({"worker": worker.pid})
        meter.settle("worker", idle_share=0.0)
        assert meter.used()["worker"] < 0.25
    finally:
        worker.end()
