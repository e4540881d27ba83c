"""`muster export otel` against a receiver on a real port."""

import json
import random
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from muster.cli.export import app
from muster.exports.collector import Collector, headers_from, traces_url
from muster.exports.cursor import CursorFile
from muster.exports.errors import CollectorAwayError, CollectorRefusedError, ExportRequestError
from muster.exports.spans import trace_id
from muster.exports.traces import TraceExport
from muster.ledger.reader import LedgerReader
from muster.services.ports import free_port
from tests.acceptance.worked import work_done
from tests.integration.exports.receiver import Answer, Receiver

ALL = 70
EACH = "SELECT count(*) FROM ledger.events WHERE kind IN ('model_call.settled', 'tool_call.settled')"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["otel", *(str(one) for one in arguments)])


def exporting(
    url: str, receiver: Receiver, *, batch: int = 20, waits: list[float] | None = None
) -> TraceExport:
    waited = [] if waits is None else waits
    collector = Collector(receiver.url, wait=waited.append, chance=random.Random(1))
    return TraceExport(LedgerReader(url), collector, origin="example.com/agents", batch=batch)


def test_every_ended_task_arrives_as_a_trace_and_every_call_as_a_span(
    worked: str, receiver: Receiver
) -> None:
    told = run("--endpoint", receiver.url).stdout

    with psycopg.connect(worked) as connection:
        [[calls]] = connection.execute(EACH).fetchall()
    names = [span.name for span in receiver.spans.values()]
    assert len(receiver.traces) == ALL
    assert sum(name.startswith(("chat ", "execute_tool ")) for name in names) == calls
    assert f"{ALL} tasks" in told


def test_exporting_twice_doubles_nothing_and_goes_on_where_it_was(
    worked: str, receiver: Receiver, tmp_path: Path
) -> None:
    first = run("--endpoint", receiver.url, "--json")
    spans = set(receiver.spans)
    second = json.loads(run("--endpoint", receiver.url, "--json").stdout)
    (next((tmp_path / "home" / "exports").glob("otel-*.json"))).unlink()
    third = run("--endpoint", receiver.url)

    assert json.loads(first.stdout)["tasks"] == ALL
    assert (second["tasks"], second["spans"]) == (0, 0)
    assert third.exit_code == 0
    assert set(receiver.spans) == spans


async def test_what_comes_to_be_known_later_is_sent_when_it_is(
    database_url: str, receiver: Receiver, tmp_path: Path
) -> None:
    cursor = CursorFile(tmp_path, receiver.url)
    await work_done(database_url, tasks=3, source="claude", seed=4)
    first = exporting(database_url, receiver).what_is_new(cursor)
    later = await work_done(database_url, tasks=2, source="claude", seed=5)
    second = exporting(database_url, receiver).what_is_new(cursor)

    assert (first.tasks, second.tasks) == (3, 2)
    assert {trace_id(task) for task in later} <= receiver.traces


def test_a_busy_collector_is_tried_again_after_as_long_as_it_asks(worked: str, receiver: Receiver) -> None:
    receiver.answers = [Answer(503), Answer(429, {"Retry-After": "7"}), Answer(cut=True)]
    waits: list[float] = []

    sent = exporting(worked, receiver, batch=ALL, waits=waits).tasks(["tsk_0100000"])

    assert sent.tasks == 1
    assert receiver.posts == 4
    assert waits[1] == 7
    assert 0.3 < waits[0] < waits[2]
    assert len(receiver.traces) == 1  # the one that was cut off was taken twice


def test_a_collector_that_is_away_costs_nothing_that_was_taken(
    worked: str, receiver: Receiver, tmp_path: Path
) -> None:
    cursor = CursorFile(tmp_path, receiver.url)
    receiver.answers = [Answer(), Answer(), *[Answer(503)] * 6]

    with pytest.raises(CollectorAwayError, match="40 tasks were taken before") as raised:
        exporting(worked, receiver, batch=20).what_is_new(cursor)
    assert "go on with the same command" in str(raised.value.do)

    rest = exporting(worked, receiver, batch=20).what_is_new(cursor)
    assert rest.tasks == ALL - 40
    assert len(receiver.traces) == ALL


def test_a_period_says_from_where_to_go_on(worked: str, receiver: Receiver) -> None:
    receiver.answers = [Answer(), Answer(400, text="no\x1b[31m such tenant")]

    stopped = run("--endpoint", receiver.url, "--since", "2020-01-01", "--batch", 30)

    assert isinstance(stopped.exception, CollectorRefusedError)
    assert "HTTP 400 no [31m such tenant" in str(stopped.exception)
    after = str(stopped.exception.do).split("--after ")[1]
    told = json.loads(
        run("--endpoint", receiver.url, "--since", "2020-01-01", "--after", after, "--json").stdout
    )
    assert told["tasks"] == ALL - 30
    assert len(receiver.traces) == ALL


def test_spans_a_collector_rejects_are_not_passed_over_in_silence(worked: str, receiver: Receiver) -> None:
    receiver.answers = [Answer(rejected=3, text="too old")]

    with pytest.raises(CollectorRefusedError, match="rejected 3 spans: too old"):
        exporting(worked, receiver).tasks(["tsk_0100000"])


def test_nobody_there_is_said_with_the_address(worked: str) -> None:
    collector = Collector(f"http://127.0.0.1:{free_port()}", wait=lambda _: None)
    export = TraceExport(LedgerReader(worked), collector, origin="x")

    with pytest.raises(CollectorAwayError, match=r"took nothing in 6 tries: ConnectError.*127\.0\.0\.1"):
        export.tasks(["tsk_0100000"])


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "--header"), (404, "4318"), (413, "--batch"), (301, "log")]
)
def test_a_refusal_says_what_to_do(worked: str, receiver: Receiver, status: int, advice: str) -> None:
    receiver.answers = [Answer(status, {"Location": "http://127.0.0.1:1/"})]

    refused = run("--endpoint", receiver.url, "--task", "tsk_0100000")

    assert isinstance(refused.exception, CollectorRefusedError)
    assert advice in str(refused.exception.do)
    assert receiver.posts == 1


def test_one_task_is_sent_as_it_is_now(worked: str, receiver: Receiver) -> None:
    told = run("--endpoint", receiver.url, "--task", "tsk_0100003").stdout

    assert receiver.traces == {trace_id("tsk_0100003")}
    assert told.startswith("1 tasks")


def test_headers_come_from_options_and_the_environment_and_secrets_from_the_environment(
    worked: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=acme%20inc,x-other=1")
    monkeypatch.setenv("COLLECTOR_TOKEN", "Bearer s3cret")

    run(
        "--endpoint", receiver.url, "--task", "tsk_0100003",
        "--header", "authorization=env:COLLECTOR_TOKEN", "--header", "x-other=2",
    )  # fmt: skip

    [got] = receiver.headers
    assert (got["x-tenant"], got["authorization"], got["x-other"]) == ("acme inc", "Bearer s3cret", "2")
    assert (got["content-type"], got["content-encoding"]) == ("application/x-protobuf", "gzip")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--endpoint", "collector:4317"], "not an address"),
        (["--endpoint", "grpc://h:4317"], "not an address"),
        (["--endpoint", "http://[::1"], "not an address"),
        (["--endpoint", "http://h:port"], "not an address"),
        (["--endpoint", "http://jo:s3cret@h:4318"], "has a user or password in it"),
        (["--endpoint", "http://h", "--header", "novalue"], "NAME=VALUE"),
        (["--endpoint", "http://h", "--header", "a=b\r\nx: y"], "not plain ASCII text"),
        (["--endpoint", "http://h", "--header", "a=ä"], "not plain ASCII text"),
        (["--endpoint", "http://h", "--header", "a=env:NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE is not set"),
        (["--endpoint", "http://h", "--task", "tsk_nobody"], "knows no task tsk_nobody"),
        (["--endpoint", "http://h", "--task", "tsk_1", "--since", "7d"], "do not go together"),
    ],
)
def test_what_cannot_be_is_refused(worked: str, arguments: list[str], says: str) -> None:
    result = run(*arguments)

    assert isinstance(result.exception, ExportRequestError)
    assert says in str(result.exception)


def test_an_endpoint_is_a_base_or_the_whole_address() -> None:
    assert traces_url("http://h:4318") == traces_url("http://h:4318/v1/traces/") == "http://h:4318/v1/traces"
    assert traces_url("https://h/otlp/") == "https://h/otlp/v1/traces"
    assert headers_from([], {}) == {}
