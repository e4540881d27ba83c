"""A short fault run: processes are killed while the demo company's queue is worked, and all still adds up."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from muster.core.settings import PROJECT_ROOT

KILLS = 20
_SECONDS = 240.0


def started(*words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.chaos", "--json", *words]
    return subprocess.Popen(
        command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=_hear_interrupts
    )


def _hear_interrupts() -> None:
    """Ctrl-C is heard even where the tests were started in the background, which ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def kills_made(folder: Path) -> int:
    path = folder / "kills.jsonl"
    return len(path.read_text().splitlines()) if path.exists() else 0


def stopped_after(kills: int, folder: Path) -> int:
    """The exit code of a run that is told to stop, as by Ctrl-C, once so many kills were made."""
    words = ("--kills", str(KILLS), "--seed", "7", "--light", "--every", "0.5", "--folder", str(folder))
    running = started(*words)
    deadline = time.monotonic() + _SECONDS
    while kills_made(folder) < kills and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=_SECONDS)
    return running.returncode


def test_after_twenty_kills_every_task_ended_once_and_nothing_was_done_twice(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert stopped_after(5, folder) == 130
    assert 5 <= kills_made(folder) < KILLS
    resumed = started("--resume", str(folder))
    said, _ = resumed.communicate(timeout=_SECONDS)
    report: dict[str, Any] = json.loads(said)
    assert report["findings"] == [], said
    assert resumed.returncode == 0, said
    assert report["kills"] == {"worker": 15, "http": 3, "postgres": 2}
    assert sum(report["aimed"].values()) >= 2, "hardly any call was met under way"
    assert report["with_work_in_hand"] >= KILLS // 4, "the runners were hardly killed in the middle of a task"
    assert report["take_overs"] >= KILLS // 4
    assert report["tasks"]["completed"] > KILLS // 2
    assert sum(report["effects"].values()) > KILLS // 2
