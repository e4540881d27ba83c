"""Traces in a real collector: Phoenix, where `make collector-setup` has installed it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from muster.cli.export import app
from muster.exports.spans import task_spans
from muster.ledger.reader import LedgerReader
from muster.services.ports import free_port

PHOENIX = Path(__file__).parents[3] / ".venv-collector" / "bin" / "phoenix"

pytestmark = pytest.mark.skipif(not PHOENIX.exists(), reason="make collector-setup installs Phoenix")


@pytest.fixture(scope="module")
def phoenix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Phoenix at work on a port of its own."""
    port, home = free_port(), tmp_path_factory.mktemp("phoenix")
    environment = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "PHOENIX_WORKING_DIR": str(home),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
    }
    process = subprocess.Popen(
        [PHOENIX, "serve"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    log: list[str] = []
    reading = Thread(target=process.stdout.read)
    try:
        while not log or "Uvicorn running" not in log[-1]:
            log.append(process.stdout.readline())
            assert log[-1], "".join(log)
        reading.start()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)
        if reading.ident is not None:
            reading.join()
        process.stdout.close()


def _spans(url: str, least: int) -> list[dict[str, Any]]:
    """All spans, once there are `least`: Phoenix answers before it has put them away."""
    for _ in range(600):
        answer = httpx.get(f"{url}/v1/projects/default/spans", params={"limit": 1000}, timeout=30)
        spans: list[dict[str, Any]] = answer.json()["data"] if answer.is_success else []
        if len(spans) >= least:
            return spans
    raise AssertionError(f"{len(spans)} of {least} spans")


def test_phoenix_shows_every_span_once_and_knows_its_kind(phoenix: str, worked: str) -> None:
    for _ in range(2):
        sent = CliRunner().invoke(app, ["otel", "--endpoint", phoenix, "--since", "2020-01-01"])
        assert sent.exit_code == 0, sent.output
    record = LedgerReader(worked)
    tasks = record.events(["task.ended"])["task_id"].to_list()
    expected = [span for events in record.events_of(tasks).values() for span in task_spans(events)]

    found = {span["context"]["span_id"]: span for span in _spans(phoenix, len(expected))}
    assert len(found) == len(expected)

    assert len({span["context"]["trace_id"] for span in found.values()}) == len(tasks) == 70
    for span in expected:
        seen = found[span.span_id.hex()]
        assert seen["name"] == span.name
        assert seen["parent_id"] == (span.parent_id.hex() if span.parent_id else None)
    chat = next(span for span in found.values() if span["name"] == "chat claude-sonnet-5-5")
    assert chat["span_kind"] == "LLM"
    assert chat["attributes"]["llm.token_count.prompt"] == chat["attributes"]["gen_ai.usage.input_tokens"]
    kinds = {span["name"].split()[0]: span["span_kind"] for span in found.values()}
    assert (kinds["invoke_agent"], kinds["execute_tool"]) == ("AGENT", "TOOL")
    assert any(event["name"] == "handoff.made" for span in found.values() for event in span["events"])
