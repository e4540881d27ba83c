"""Pictures of every page of the dashboard, on a screen and on a telephone, light and dark.

    python -m tests.screenshots [--folder FOLDER] [--pages home,cost]

Eight weeks of rehearsed work are written to a database of their own, sealed, and shown by the dashboard as it
is in production. Nothing outside this machine is asked. Says for each picture whether the page is wider than
its window.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Page, sync_playwright

from muster.ledger.postgres import PostgresLedger
from muster.ledger.schema import migrate
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres
from muster.teams.deploy import deploy_team
from tests.acceptance.worked import waited_for_a_person, weeks_done

ROOT: Final = Path(__file__).parents[1]
CHROMIUM: Final = "/usr/bin/chromium"
WIDTHS: Final = (1280, 400)
PAGES: Final = {
    "home": "?period=30+days",
    "teams": "teams?period=30+days",
    "roster": "roster",
    "agent": "agent?agent=support/refund_specialist",
    "tasks": "tasks?status=escalated",
    "task": "tasks?task={task}",
    "escalations": "escalations?period=30+days",
    "quality": "quality",
    "reliability": "reliability",
    "confidence": "confidence",
    "cost": "cost?period=30+days",
    "roi": "roi",
    "whatif": "whatif",
    "ledger": "ledger",
}


async def prepare(url: str) -> str:
    """Teams at work with eight weeks behind them; the id of a task that waited for a person."""
    ledger = await PostgresLedger.open(url, pool_size=1)
    try:
        for team in ("support", "finance", "leads"):
            await deploy_team(ledger, ROOT / "data" / "teams" / team, "person:jo@example.com")
    finally:
        await ledger.close()
    await weeks_done(url)
    return await waited_for_a_person(url)


@contextmanager
def company(home: Path) -> Iterator[tuple[dict[str, str], str]]:
    """The environment of an installation with work behind it, and a task of it."""
    with EmbeddedPostgres(home / "data", free_port(), durable=False).running() as server:
        server.create_database("company")
        url = server.url("company")
        migrate(url)
        task = asyncio.run(prepare(url))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
        environment |= {"MUSTER_DATABASE_URL": url, "MUSTER_HOME": str(home)}
        seal = [sys.executable, "-c", "from muster.cli import main; main()", "ledger", "seal"]
        subprocess.run(seal, env=environment, cwd=ROOT, check=True)
        yield environment, task


@contextmanager
def dashboard(environment: dict[str, str]) -> Iterator[str]:
    """The address of the dashboard, served as in production."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.address=127.0.0.1"]
    served = subprocess.Popen([*command, f"--server.port={port}"], cwd=ROOT, env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/_stcore/health")
        yield address
    finally:
        served.terminate()
        served.wait(20)


def wait_for(address: str, seconds: float = 60) -> None:
    """Wait until something answers at an address of ours.

    Raises:
        OSError: nothing did in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own address
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def settle(tab: Page) -> None:
    """Wait until the page has run to its end and its height no longer changes."""
    tab.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    tab.wait_for_function(
        """() => {
            const height = document.querySelector('[data-testid=stMain] > div')?.scrollHeight ?? 0;
            const same = window.seen === height;
            window.times = same ? (window.times ?? 0) + 1 : 0;
            window.seen = height;
            return window.times > 3;
        }""",
        polling=150,
        timeout=60_000,
    )


def too_wide(tab: Page) -> int:
    """Pixels that the page is wider than its window; 0 when it fits."""
    main = "document.querySelector('[data-testid=stMain]')"
    return max(0, int(tab.evaluate(f"{main}.scrollWidth - {main}.clientWidth")))


def picture(tab: Page, address: str, file: Path, width: int) -> None:
    """The whole page in one picture."""
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(address)
    settle(tab)
    height = tab.evaluate("document.querySelector('[data-testid=stMain] > div').scrollHeight")
    tab.set_viewport_size({"width": width, "height": max(900, int(height) + 40)})
    settle(tab)
    tab.screenshot(path=file)
    over = too_wide(tab)
    sys.stdout.write(f"{file.name}: {f'{over} px too wide' if over else 'fits'}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / ".muster" / "screenshots")
    parser.add_argument("--pages", default=",".join(PAGES), help="Names, separated by commas.")
    parser.add_argument("--light-only", action="store_true", help="No dark pictures.")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="muster-screenshots-") as home,
        company(Path(home)) as (environment, task),
        dashboard(environment) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        schemes: tuple[Literal["light", "dark"], ...] = ("light",) if chosen.light_only else ("light", "dark")
        for scheme in schemes:
            tab = browser.new_context(color_scheme=scheme).new_page()
            for name in chosen.pages.split(","):
                for width in WIDTHS:
                    file = chosen.folder / f"{name}-{width}-{scheme}.png"
                    picture(tab, f"{address}/{PAGES[name].format(task=task)}", file, width)
        browser.close()


if __name__ == "__main__":
    main()
