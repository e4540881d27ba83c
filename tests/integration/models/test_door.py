"""The door decides by the table in force, says by which, and records whatever comes of it."""

import asyncio
import os
from decimal import Decimal
from pathlib import Path

import pytest

from muster.ledger.errors import BudgetExhaustedError
from muster.ledger.postgres import PostgresLedger
from muster.models.door import ModelDoor
from muster.models.errors import ModelCallError, ModelTableError, NoFallbackError
from muster.models.governance import ModelTableFile
from tests.integration.models.asking import HELLO, TABLE, SaidClient, ask, events, question, table_file

OVERLOADED = ModelCallError("overloaded", error_type="overloaded_error", error_class="overload")


def save(path: Path, text: str) -> None:
    path.write_text(text)
    changed_at_ns = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(changed_at_ns, changed_at_ns))


async def test_each_call_names_the_version_of_the_table_it_was_decided_by(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    file = table_file(tmp_path)
    door = ModelDoor(ledger, file, SaidClient(HELLO, HELLO, HELLO))
    await ask(door, question(), 1)
    save(file.path, TABLE.replace("model: claude-sonnet-5-5", "model: claude-opus-5-5"))
    await ask(door, question(), 2)
    save(file.path, TABLE)
    await ask(door, question(), 3)
    asked = await events(ledger, "model_call.intended")
    assert [(one["policy"], one["model"]) for one in asked] == [
        ("models@1", "claude-sonnet-5-5"),
        ("models@2", "claude-opus-5-5"),
        ("models@1", "claude-sonnet-5-5"),
    ]
    changes = await events(ledger, "policy.changed")
    assert [(one["name"], one["version"]) for one in changes] == [("models", 1), ("models", 2)]


async def test_a_broken_table_leaves_the_last_good_one_in_force_after_a_restart_too(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    file = table_file(tmp_path)
    await ask(ModelDoor(ledger, file, SaidClient(HELLO)), question(), 1)
    changed = TABLE.replace("model: claude-sonnet-5-5", "model: claude-opus-5-5")
    save(file.path, changed)
    await ask(ModelDoor(ledger, file, SaidClient(HELLO)), question(), 2)
    save(file.path, TABLE)  # the change is taken back: the newest version is not the one in force
    await ask(ModelDoor(ledger, file, SaidClient(HELLO)), question(), 3)
    save(file.path, "roles: [")
    restarted = ModelTableFile(file.path)
    await ask(ModelDoor(ledger, restarted, SaidClient(HELLO)), question(), 4)
    assert isinstance(restarted.problem, ModelTableError)
    models = [one["model"] for one in await events(ledger, "model_call.intended")]
    assert models == ["claude-sonnet-5-5", "claude-opus-5-5", "claude-sonnet-5-5", "claude-sonnet-5-5"]


async def test_without_any_good_table_nothing_is_asked(ledger: PostgresLedger, tmp_path: Path) -> None:
    client = SaidClient(HELLO)
    door = ModelDoor(ledger, table_file(tmp_path, "roles: {}\n"), client)
    with pytest.raises(ModelTableError):
        await ask(door, question())
    with pytest.raises(ModelTableError):
        await door.reachable()
    assert client.asked == []


async def test_a_role_that_is_gone_from_the_table_is_for_the_operator_to_put_back(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    file = table_file(tmp_path)
    door = ModelDoor(ledger, file, SaidClient(HELLO))
    save(file.path, TABLE.replace("clerk", "typist"))
    for missing in (lambda: ask(door, question("clerk")), lambda: fallback_of(door)):
        with pytest.raises(ModelTableError, match="clerk"):
            await missing()


async def fallback_of(door: ModelDoor) -> bool:
    return door.has_fallback("clerk")


async def test_the_fallback_is_asked_paid_and_recorded_as_such(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    client = SaidClient(OVERLOADED, HELLO)
    door = ModelDoor(ledger, table_file(tmp_path), client)
    with pytest.raises(ModelCallError):
        await ask(door, question(), 1)
    assert door.has_fallback("writer")
    await ask(door, question(), 2, fallback=True)
    first, second = await events(ledger, "model_call.intended")
    assert (first["fallback_of"], second["fallback_of"]) == (None, "claude-sonnet-5-5")
    assert second["model"] == "claude-haiku-5-5"
    failed, settled = await events(ledger, "model_call.settled")
    assert (failed["error_type"], failed["cost_usd"]) == ("overloaded_error", Decimal(0))
    assert settled["cost_usd"] == Decimal("0.00015")


async def test_a_role_without_a_fallback_has_none_to_ask(ledger: PostgresLedger, tmp_path: Path) -> None:
    client = SaidClient(HELLO)
    door = ModelDoor(ledger, table_file(tmp_path), client)
    assert not door.has_fallback("clerk")
    with pytest.raises(NoFallbackError):
        await ask(door, question("clerk"), fallback=True)
    assert client.asked == []


@pytest.mark.parametrize("own_limit", [False, True])
async def test_an_answer_that_takes_too_long_counts_as_none_and_is_recorded(
    ledger: PostgresLedger, tmp_path: Path, own_limit: bool
) -> None:
    limits = "    limits: {timeout_seconds: 0.05}\n" if own_limit else ""
    file = table_file(tmp_path, TABLE.replace("  clerk:", f"{limits}  clerk:"))
    door = ModelDoor(ledger, file, SaidClient())
    with pytest.raises(ModelCallError) as failure:
        await ask(door, question(), timeout_seconds=60 if own_limit else 0.05)
    assert failure.value.error_class == "timeout"
    [settled] = await events(ledger, "model_call.settled")
    assert (settled["status"], settled["error_type"]) == ("error", "timeout_error")


async def test_whoever_is_cancelled_while_asking_is_cancelled_and_not_timed_out(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    client = SaidClient()
    asking = asyncio.create_task(ask(ModelDoor(ledger, table_file(tmp_path), client), question()))
    while not client.asked:
        await asyncio.sleep(0.001)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await events(ledger, "model_call.settled") == []


async def test_no_more_calls_of_a_role_are_under_way_than_its_limit(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    file = table_file(tmp_path, TABLE.replace("  clerk:", "    limits: {calls_at_once: 2}\n  clerk:"))
    client = SaidClient()
    door = ModelDoor(ledger, file, client)
    asking = [asyncio.create_task(ask(door, question(), call)) for call in range(4)]
    while len(client.asked) < 2:
        await asyncio.sleep(0.001)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(asking[0]), 0.1)
    assert len(client.asked) == len(await events(ledger, "model_call.intended")) == 2
    for one in asking:
        one.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


async def test_a_role_may_limit_what_one_call_costs(ledger: PostgresLedger, tmp_path: Path) -> None:
    file = table_file(tmp_path, TABLE.replace("  clerk:", '    limits: {usd_per_call: "0.0001"}\n  clerk:'))
    client = SaidClient(HELLO)
    with pytest.raises(BudgetExhaustedError, match="model role writer"):
        await ask(ModelDoor(ledger, file, client), question())
    [refused] = await events(ledger, "model_call.refused")
    assert refused["rule"] == "budget"
    assert client.asked == []


async def test_a_long_prompt_is_marked_when_it_is_sent_and_a_short_one_is_not(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    client = SaidClient(HELLO, HELLO)
    door = ModelDoor(ledger, table_file(tmp_path), client)
    await ask(door, question(), 1)
    long = question(text="word " * 2_000)
    await ask(door, long, 2)
    (_, _, short), (_, _, marked) = client.asked
    assert short == [{"role": "user", "content": "hello"}]
    assert marked[0]["content"][0]["cache_control"] == {"type": "ephemeral"}
    [_, intended] = await events(ledger, "model_call.intended")
    assert intended["request_sha256"] == long.sha256
