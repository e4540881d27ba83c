"""Questions nobody waits for: sent together, paid by half, and never bought twice."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
import uvicorn

from muster.ledger.events import ModelCallBatched
from muster.ledger.postgres import PostgresLedger
from muster.models.batches import BatchDesk, BatchedCall, BatchPatience
from muster.models.claude import ClaudeClient
from muster.models.client import BatchEntry, BatchState, ModelAnswer
from muster.models.door import ModelDoor
from muster.models.errors import ModelCallError
from muster.models.rehearsal.server import RehearsalServer
from muster.models.rehearsal.settings import RehearsalSettings
from tests.integration.models.asking import HELLO, TABLE, SaidClient, ask, events, question, table_file

QUICK = BatchPatience(gather_seconds=0.05, first_look_seconds=0.02, longest_look_seconds=0.05)
CALM = RehearsalSettings(
    batch_seconds=0.1, latency_ms=0, mistake_rate=0, refusal_rate=0, overload_rate=0, rate_limit_rate=0
)


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[str]:
    """The address of a rehearsal server in a thread of its own."""
    config = uvicorn.Config(
        RehearsalServer(CALM).app(), port=0, lifespan="off", log_level="error", access_log=False
    )
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
    listener.close()


class CountingClient(ClaudeClient):
    """Knows which batches it sent."""

    def __init__(self, url: str) -> None:
        super().__init__(api_key="any", base_url=url, source="rehearsal")
        self.sent: list[int] = []

    async def send_batch(self, entries: Sequence[BatchEntry]) -> str:
        self.sent.append(len(entries))
        return await super().send_batch(entries)


@pytest.fixture
async def client(rehearsal: str) -> AsyncIterator[CountingClient]:
    client = CountingClient(rehearsal)
    yield client
    await client.close()


@pytest.fixture
def door(ledger: PostgresLedger, client: CountingClient, tmp_path: Path) -> ModelDoor:
    return worker(ledger, client, tmp_path)


def worker(ledger: PostgresLedger, client: CountingClient, folder: Path) -> ModelDoor:
    """The door of one worker process."""
    dear = TABLE + "price_per_mtok:\n  claude-haiku-5-5: {input: 1000, output: 1000}\n"
    return ModelDoor(ledger, table_file(folder, dear), client, batches=BatchDesk(ledger, client, QUICK))


async def test_patient_questions_go_out_together_and_cost_half(
    ledger: PostgresLedger, client: CountingClient, door: ModelDoor
) -> None:
    asked = [question("clerk", f"say {number} back", patient=True) for number in range(5)]
    answers = await asyncio.gather(*(ask(door, one, number) for number, one in enumerate(asked)))
    assert [answer.content[0]["text"] for answer in answers] == [f"say {number} back" for number in range(5)]
    assert client.sent == [5]
    batched = await events(ledger, "model_call.batched")
    intended = await events(ledger, "model_call.intended")
    assert {one["call_id"] for one in batched} == {one["call_id"] for one in intended}
    assert len({one["batch_id"] for one in batched}) == 1
    at_once = await ask(door, question("clerk", "say 0 back"), 9)
    *halves, whole = [one["cost_usd"] for one in await events(ledger, "model_call.settled")]
    assert at_once.usage == answers[0].usage
    assert whole == Decimal(at_once.usage.input_tokens + at_once.usage.output_tokens) / 1_000
    assert halves == [whole / 2] * 5
    assert client.sent == [5]


async def test_a_role_without_batch_is_asked_at_once_however_patient(
    client: CountingClient, door: ModelDoor
) -> None:
    await ask(door, question("writer", "hello", patient=True))
    assert client.sent == []


async def test_a_client_that_cannot_batch_asks_at_once(ledger: PostgresLedger, tmp_path: Path) -> None:
    plain = SaidClient(HELLO)
    assert await ask(ModelDoor(ledger, table_file(tmp_path), plain), question("clerk", patient=True)) == HELLO


async def test_the_batch_of_a_killed_worker_is_fetched_and_not_bought_again(
    ledger: PostgresLedger, client: CountingClient, door: ModelDoor, tmp_path: Path
) -> None:
    asked = question("clerk", "say this back", patient=True)
    killed = asyncio.create_task(ask(door, asked, 1))
    while not await events(ledger, "model_call.batched"):
        await asyncio.sleep(0.005)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    [recorded] = await events(ledger, "model_call.batched")
    begun = BatchedCall.of(
        ModelCallBatched.model_validate({k: v for k, v in recorded.items() if k != "cost_usd"})
    )
    answer = await ask(worker(ledger, client, tmp_path), asked, 2, begun=begun)
    assert answer.content[0]["text"] == "say this back"
    assert client.sent == [1]
    [settled] = await events(ledger, "model_call.settled")
    assert (settled["call_id"], settled["status"]) == ("mcl_2", "ok")
    assert settled["cost_usd"] == Decimal(answer.usage.input_tokens + answer.usage.output_tokens) / 2_000
    assert [one["call_id"] for one in await events(ledger, "model_call.batched")] == ["mcl_1", "mcl_2"]


async def test_another_question_than_the_begun_one_is_asked_for_itself(
    client: CountingClient, door: ModelDoor
) -> None:
    begun = BatchedCall("msgbatch_x", "evt_x", "claude-haiku-5-5", request_sha256="another")
    answer = await ask(door, question("clerk", "say this", patient=True), begun=begun)
    assert answer.content[0]["text"] == "say this"
    assert client.sent == [1]


async def test_a_batch_the_server_forgot_has_to_be_asked_again(
    ledger: PostgresLedger, client: CountingClient, door: ModelDoor
) -> None:
    asked = question("clerk", patient=True)
    begun = BatchedCall("msgbatch_gone", "evt_x", "claude-haiku-5-5", asked.sha256)
    with pytest.raises(ModelCallError, match="msgbatch_gone") as failure:
        await ask(door, asked, begun=begun)
    assert failure.value.error_class == "server_error"
    [settled] = await events(ledger, "model_call.settled")
    assert (settled["error_type"], settled["cost_usd"]) == ("batch_unknown", Decimal(0))


async def test_one_bad_question_does_not_spoil_the_others(
    ledger: PostgresLedger, client: CountingClient, door: ModelDoor
) -> None:
    bad = question("clerk", "", patient=True)
    good = question("clerk", "say this", patient=True)
    refused, answered = await asyncio.gather(ask(door, bad, 1), ask(door, good, 2), return_exceptions=True)
    assert isinstance(refused, ModelCallError)
    assert (refused.error_class, refused.error_type) == (None, "invalid_request_error")
    assert isinstance(answered, ModelAnswer)
    assert client.sent == [2]


class StubbornServer:
    """Takes a batch, then fails as told each time it is looked at; answers in the end."""

    source = "scripted"

    def __init__(self, *looks: ModelCallError | BatchState, taking: ModelCallError | None = None) -> None:
        self.looks = list(looks)
        self.taking = taking
        self.sent: list[int] = []

    async def send_batch(self, entries: Sequence[BatchEntry]) -> str:
        if self.taking is not None:
            raise self.taking
        self.names = [entry.custom_id for entry in entries]
        self.sent.append(len(entries))
        return "msgbatch_1"

    async def batch_state(self, batch_id: str) -> BatchState:
        look = self.looks.pop(0) if self.looks else "ended"
        if isinstance(look, ModelCallError):
            raise look
        return look

    async def batch_answers(self, batch_id: str) -> Mapping[str, ModelAnswer | ModelCallError]:
        return dict.fromkeys(self.names, HELLO)


class Scripted(SaidClient, StubbornServer):
    """A client with both ways of asking."""

    def __init__(self, server: StubbornServer) -> None:
        SaidClient.__init__(self)
        self.__dict__.update(server.__dict__)


AWAY = ModelCallError("connection refused", error_type="connection_error", error_class="network")
NO_KEY = ModelCallError("no such key", error_type="authentication_error")


async def test_a_batch_that_was_paid_for_is_looked_at_until_it_answers(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    client = Scripted(StubbornServer(AWAY, "working", NO_KEY, AWAY))
    door = ModelDoor(ledger, table_file(tmp_path), client, batches=BatchDesk(ledger, client, QUICK))
    assert await ask(door, question("clerk", patient=True)) == HELLO
    assert client.looks == []


async def test_a_batch_that_was_not_taken_is_a_failed_call_for_each_question(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    client = Scripted(StubbornServer(taking=AWAY))
    door = ModelDoor(ledger, table_file(tmp_path), client, batches=BatchDesk(ledger, client, QUICK))
    asking = (ask(door, question("clerk", str(number), patient=True), number) for number in range(2))
    for failure in await asyncio.gather(*asking, return_exceptions=True):
        assert isinstance(failure, ModelCallError)
        assert failure.error_class == "network"
    settled = await events(ledger, "model_call.settled")
    assert [one["status"] for one in settled] == ["error", "error"]


async def test_who_gives_up_before_the_batch_goes_out_is_not_in_it(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    client = Scripted(StubbornServer())
    patience = BatchPatience(gather_seconds=0.2, first_look_seconds=0.01, longest_look_seconds=0.01)
    door = ModelDoor(ledger, table_file(tmp_path), client, batches=BatchDesk(ledger, client, patience))
    quitter = asyncio.create_task(ask(door, question("clerk", "1", patient=True), 1))
    staying = asyncio.create_task(ask(door, question("clerk", "2", patient=True), 2))
    while len(await events(ledger, "model_call.intended")) < 2:
        await asyncio.sleep(0.001)
    quitter.cancel()
    assert await staying == HELLO
    assert client.sent == [1]


async def test_a_full_batch_goes_out_without_waiting_for_more(ledger: PostgresLedger, tmp_path: Path) -> None:
    client = Scripted(StubbornServer())
    patience = BatchPatience(gather_seconds=3600, most=2, first_look_seconds=0.01, longest_look_seconds=0.01)
    door = ModelDoor(ledger, table_file(tmp_path), client, batches=BatchDesk(ledger, client, patience))
    asking = (ask(door, question("clerk", str(number), patient=True), number) for number in range(2))
    async with asyncio.timeout(20):
        assert await asyncio.gather(*asking) == [HELLO, HELLO]
    assert client.sent == [2]
