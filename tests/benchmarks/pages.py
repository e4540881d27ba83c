"""How long a reader waits for the dashboard, measured in Chromium on a record of any length.

Run: `.venv/bin/python -m tests.benchmarks.pages [--events 10000000] [--rounds 5] [--json]`.

First paint is from the navigation, in a browser that has nothing cached, until the four tiles have numbers
and the first chart is drawn, with a server that has been asked before. A filter is from the click on another
team or period, one nobody has asked for before, until the tiles say something else. Both are compared with
the same server on a record of a few thousand events: what is left is Streamlit's and the browser's own.
Reported too: making the frames the first time, a cold server's first page, a page just after news came in,
the other pages, the server's memory.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from muster.services.ports import free_port
from tests.benchmarks.made_ledger import MadeLedger, made_ledger
from tests.benchmarks.measure import Comparison, report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT: Final = Path(__file__).parents[2]
CHROMIUM: Final = "/usr/bin/chromium"
FIRST_PAINT_SECONDS: Final = 2.0
FILTER_SECONDS: Final = 1.0
_SMALL: Final = 20_000
_PATIENCE_MS: Final = 180_000
_TILES: Final = "[data-testid=stMetricValue]"
_PAINTED: Final = """() => document.querySelectorAll('[data-testid=stMetricValue]').length >= 4
    && document.querySelector('.js-plotly-plot .trace')"""
_SAID: Final = """() => [...document.querySelectorAll('[data-testid=stMetric]')]
    .map(tile => tile.parentElement.parentElement.innerText).join('|')"""
_CHANGED: Final = f"before => {{ const said = ({_SAID})(); return said && said !== before }}"
_FILTERS: Final = (
    *(("Team", team) for team in ("finance", "leads", "support", "vendors")),
    ("Ended within", "30 days"),
    ("Team", "all teams"),
    ("Ended within", "7 days"),
)
_KEEP: Final = """
import resource, sys, time
from muster.core.settings import load_settings
from muster.reports.frame_store import FrameStore
began = time.perf_counter()
FrameStore.of(load_settings(), sys.argv[1]).keep()
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A dashboard at work."""

    address: str
    pid: int

    def megabytes(self, name: str) -> float:
        """`VmRSS`, what it holds now, or `VmHWM`, the most it ever held."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
        raise LookupError(name)

    def cpu_seconds(self) -> float:
        """What it has worked so far, which other programs on this machine do not change."""
        spent = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def dashboard(made: MadeLedger) -> Iterator[Server]:
    """The dashboard as it is served, on that record."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.address=127.0.0.1"]
    command += [f"--server.port={port}", "--server.headless=true"]
    environment = {**os.environ, **made.environment}
    environment.pop("MUSTER_OWNER_PASSWORD", None)
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as served:
        try:
            server = Server(f"http://127.0.0.1:{port}", served.pid)
            _wait_for(f"{server.address}/_stcore/health")
            yield server
        finally:
            served.terminate()


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own address
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@contextmanager
def tab(browser: "Browser") -> Iterator["Page"]:
    """A page of a browser that has nothing cached."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(_PATIENCE_MS)
    yield context.new_page()
    context.close()


def first_paint(browser: "Browser", server: Server, query: str = "") -> float:
    """Seconds from navigation to four tiles and a chart."""
    with tab(browser) as page:
        began = time.perf_counter()
        page.goto(f"{server.address}/{query}", wait_until="commit")
        page.wait_for_function(_PAINTED, timeout=_PATIENCE_MS, polling=20)
        return time.perf_counter() - began


def filters(browser: "Browser", server: Server) -> list[float]:
    """Seconds from each click to other tiles."""
    took = []
    with tab(browser) as page:
        page.goto(server.address)
        page.wait_for_function(_PAINTED, timeout=_PATIENCE_MS)
        _settle(page)
        for label, option in _FILTERS:
            before = page.evaluate(_SAID)
            page.get_by_role("combobox", name=label).click()
            choice = page.get_by_role("option", name=option, exact=True)
            choice.wait_for()
            began = time.perf_counter()
            choice.click(no_wait_after=True)
            page.wait_for_function(_CHANGED, arg=before, timeout=_PATIENCE_MS, polling=20)
            took.append(time.perf_counter() - began)
            _settle(page)
    return took


def other_page(browser: "Browser", server: Server, path: str) -> float:
    """Seconds from navigation to a table."""
    with tab(browser) as page:
        began = time.perf_counter()
        page.goto(f"{server.address}/{path}", wait_until="commit")
        page.wait_for_selector("[data-testid=stDataFrame]", timeout=_PATIENCE_MS)
        return time.perf_counter() - began


def _settle(page: "Page") -> None:
    """Wait until the server has nothing more to say to this page."""
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached", timeout=_PATIENCE_MS)
    page.wait_for_timeout(300)


def after_news(browser: "Browser", made: MadeLedger, server: Server) -> float:
    """First paint when new events are there and what is at hand is old."""
    made.add(made.news)
    time.sleep(11)
    return first_paint(browser, server)


def measure(given: argparse.Namespace) -> tuple[list[Comparison], dict[str, Any]]:
    """Both records in turns, round by round."""
    from playwright.sync_api import sync_playwright

    paint = Comparison("first paint", f"{_SMALL:,} events", "s", "lower", 1.5)
    choice = Comparison("filter", f"{_SMALL:,} events", "s", "lower", 2.0)
    about: dict[str, Any] = {"events": given.events, "cores": os.cpu_count()}
    about["other_load"] = f"{os.getloadavg()[0]:.1f} programs wanted a core before this began"
    with made_ledger(given.events) as made, made_ledger(_SMALL, tail=100) as small, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        kept = subprocess.run(
            [sys.executable, "-c", _KEEP, made.url],
            env={**os.environ, **made.environment}, cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout.split()  # fmt: skip
        about["frames_made_seconds"], about["frames_made_megabytes"] = (round(float(one), 1) for one in kept)
        frames = [*(made.home / "ledger" / "frames").rglob("*.parquet")]
        about["frames_on_disk_megabytes"] = round(sum(path.stat().st_size for path in frames) / 1e6, 1)
        began = time.perf_counter()
        _note(about)
        with dashboard(made) as server, dashboard(small) as other:
            about["cold_server_up_seconds"] = round(time.perf_counter() - began, 1)
            about["cold_server_first_paint_seconds"] = round(first_paint(browser, server), 1)
            first_paint(browser, other)
            worked, theirs = server.cpu_seconds(), other.cpu_seconds()
            for _ in range(given.rounds):
                paint.ours.append(first_paint(browser, server))
                paint.theirs.append(first_paint(browser, other))
            about["server_cpu_seconds_a_paint"] = round((server.cpu_seconds() - worked) / given.rounds, 2)
            about["and_of_the_small_one"] = round((other.cpu_seconds() - theirs) / given.rounds, 2)
            _note(about | {"paint": paint.ours, "small": paint.theirs})
            worked = server.cpu_seconds()
            choice.ours, choice.theirs = filters(browser, server), filters(browser, other)
            about["server_cpu_seconds_a_filter"] = round((server.cpu_seconds() - worked) / len(_FILTERS), 2)
            _note({"filter": choice.ours, "small": choice.theirs})
            about["filters_seconds"] = [round(one, 2) for one in choice.ours]
            about["first_paint_seconds"] = [round(one, 2) for one in paint.ours]
            about["first_paint_after_news_seconds"] = round(after_news(browser, made, server), 2)
            for path in ("escalations", "tasks"):
                about[f"{path}_page_seconds"] = round(other_page(browser, server, path), 2)
            about["server_megabytes"] = round(server.megabytes("VmRSS"))
            about["server_most_megabytes"] = round(server.megabytes("VmHWM"))
        browser.close()
    return [paint, choice], about


def _note(so_far: dict[str, Any]) -> None:
    """What is known already, for whoever waits."""
    sys.stderr.write(f"{so_far}\n")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    comparisons, about = measure(given)
    for name, ours, most in (
        ("first_paint", comparisons[0].ours, FIRST_PAINT_SECONDS),
        ("filter", comparisons[1].ours, FILTER_SECONDS),
    ):
        middle = statistics.median(ours)
        about[f"{name}_wanted"] = (
            f"{middle:.2f} s, under {most:.0f} s wanted: {'reached' if middle < most else 'NOT reached'}"
        )
    report(comparisons, as_json=given.json, **about)


if __name__ == "__main__":
    main()
