"""A system that misbehaves: its caller reads why, the ledger has it, and nobody else is affected."""

import asyncio
import resource
import sys
import time
from collections.abc import AsyncIterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from muster.gateway.client import ToolOutcome
from muster.services.ports import free_port
from tests.integration.gateway.bad_upstream import TOOLS
from tests.integration.gateway.neighbours import undisturbed
from tests.integration.gateway.workplace import MANIFEST, REGISTRATION, Workplace, deploy, opened

BAD = Path(__file__).with_name("bad_upstream.py")
CALL_SECONDS = 4
_TRANSPORT = "transport_error"

OVER_HTTP = {
    "good": ("ok", "fine"),
    "says_it_twice": ("ok", "fine"),
    "odd_text": ("ok", "a"),
    "asks_undeclared": ("tool_error", "did not declare that it can be asked"),
    "points_elsewhere": (_TRANSPORT, "HTTP 307"),
    "lies": (_TRANSPORT, "against its own schema: total"),
    "breaks_its_promise": (_TRANSPORT, "promises structured content and sent none"),
    "unknown_kind": (_TRANSPORT, "may have been carried out"),
    "broken_unicode": (_TRANSPORT, "may have been carried out"),
    "odd_content": (_TRANSPORT, "not the result of a tool call"),
    "odd_block": (_TRANSPORT, "not the result of a tool call"),
    "no_object": (_TRANSPORT, "not an object"),
    "nothing": (_TRANSPORT, "not an object"),
    "hangs": (_TRANSPORT, f"{CALL_SECONDS} s"),
    "drips": (_TRANSPORT, f"{CALL_SECONDS} s"),
    "floods": (_TRANSPORT, "4194304"),
    "floods_a_stream": (_TRANSPORT, "4194304"),
    "dies": (_TRANSPORT, "may have been carried out"),
    "dies_in_the_answer": (_TRANSPORT, "may have been carried out"),
    "talks_garbage": (_TRANSPORT, "may have been carried out"),
    "sends_html": (_TRANSPORT, "may have been carried out"),
    "answers_another": (_TRANSPORT, ""),
    "gives_neither": (_TRANSPORT, ""),
    "nests_deep": (_TRANSPORT, ""),
    "errs_oddly": (_TRANSPORT, ""),
    "fails": (_TRANSPORT, "HTTP 500"),
    "asks_in_the_stream": ("ok", "fine"),
}
"""How each call ends, and a word that says why."""
OVER_STDIO = {
    "good": ("ok", "fine"),
    "lies": (_TRANSPORT, "against its own schema: total"),
    "odd_content": (_TRANSPORT, ""),
    "hangs": (_TRANSPORT, f"{CALL_SECONDS} s"),
    "talks_garbage": (_TRANSPORT, ""),
    "answers_another": (_TRANSPORT, ""),
    "floods": (_TRANSPORT, ""),
    "dies": (_TRANSPORT, ""),
}


def _configured(workplace: Workplace, **servers: dict[str, Any]) -> None:
    """The bad systems beside the shop, short patience."""
    settings = workplace.settings
    bad = "".join(f"  {name}: {{'*': {{effect: read}}}}\n" for name in servers)
    settings.tools_registration.write_text(REGISTRATION + bad)
    limits = YAML().load(settings.policies_dir / "limits.yaml")
    limits["call_seconds"] = CALL_SECONDS
    YAML().dump(limits, settings.policies_dir / "limits.yaml")
    workplace.set_servers(shop=workplace.shop.entry, **servers)


async def _granted(workplace: Workplace, *servers: str) -> None:
    manifest = deepcopy(MANIFEST)
    clerk: Any = manifest["agents"][1]
    clerk["tools"] += [f"{server}__{tool}" for server in servers for tool in TOOLS]
    await deploy(workplace.ledger, manifest, version=2)


@pytest.fixture
async def bad_place(closed_workplace: Workplace) -> AsyncIterator[Workplace]:
    """A workplace with the bad server over HTTP and stdio, registered; no gateway runs yet."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, str(BAD), "--port", str(port))
    try:
        await _listening(port)
        stdio = {"command": sys.executable, "args": [str(BAD)]}
        _configured(closed_workplace, bad={"url": f"http://127.0.0.1:{port}/mcp"}, worse=stdio)
        await closed_workplace.register()
        await _granted(closed_workplace, "bad", "worse")
        yield closed_workplace
    finally:
        process.kill()
        await process.wait()


async def _listening(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def _kept(
    outcomes: dict[str, ToolOutcome], expected: dict[str, tuple[str, str]]
) -> dict[str, tuple[str, str]]:
    """The outcomes as `expected` has them: the word where it is said, all the text where it is not."""
    return {
        tool: (outcome.status, word if (word := expected[tool][1]) in outcome.text else outcome.text)
        for tool, outcome in outcomes.items()
    }


async def test_every_way_a_system_misbehaves_over_http_is_a_clear_error_on_record(
    bad_place: Workplace,
) -> None:
    floods = [tool for tool in OVER_HTTP if tool.startswith("floods")]
    at_once = [tool for tool in OVER_HTTP if tool not in floods]
    async with opened(bad_place), undisturbed(bad_place), bad_place.client("clerk") as client:
        outcomes = {tool: await client.call(f"bad__{tool}", {}) for tool in floods}
        others = await asyncio.gather(*(client.call(f"bad__{tool}", {}) for tool in at_once))
        outcomes |= zip(at_once, others, strict=True)
    assert _kept(outcomes, OVER_HTTP) == OVER_HTTP
    assert all(outcome.text for outcome in outcomes.values())
    settled = {
        event["tool"].removeprefix("bad__"): event["status"]
        for event in await bad_place.events("tool_call.settled")
        if event["tool"].startswith("bad__")
    }
    assert settled == {tool: status for tool, (status, _) in OVER_HTTP.items()}


async def test_every_way_a_system_misbehaves_over_stdio_is_a_clear_error_on_record(
    bad_place: Workplace,
) -> None:
    outcomes = {}
    async with opened(bad_place), undisturbed(bad_place), bad_place.client("clerk") as client:
        for tool in OVER_STDIO:
            outcomes[tool] = await client.call(f"worse__{tool}", {})
        assert (await client.call("worse__good", {})).status == "ok"
    assert _kept(outcomes, OVER_STDIO) == OVER_STDIO
    settled = [
        event["status"] for event in await bad_place.events("tool_call.settled") if "worse" in event["tool"]
    ]
    assert settled == [*(status for status, _ in OVER_STDIO.values()), "ok"]


async def test_fifty_megabytes_are_not_held_in_memory(bad_place: Workplace) -> None:
    async with opened(bad_place), bad_place.client("clerk") as client:
        await client.call("bad__good", {})
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for tool in ("bad__floods", "bad__floods_a_stream", "worse__floods"):
            assert (await client.call(tool, {})).status == _TRANSPORT
        grown_megabytes = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_megabytes < 40


async def test_a_system_that_changes_its_tools_is_not_called_until_a_person_accepts(
    bad_place: Workplace,
) -> None:
    _configured(
        bad_place,
        worse={"command": sys.executable, "args": [str(BAD)], "env": {"BAD_DESCRIPTION": "Pay us first."}},
    )
    await bad_place.register()
    async with opened(bad_place), undisturbed(bad_place), bad_place.client("clerk") as client:
        refused = await client.call("worse__good", {})
        assert (refused.status, refused.rule) == ("refused", "grant")
    pinned = await bad_place.events("tool.pinned")
    assert {each["status"] for each in pinned if each["server"] == "worse"} == {"active", "quarantined"}
