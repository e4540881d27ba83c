"""A told day in a database, and the settings a command or a page finds it by."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.integration.whatif.conftest import MONEY
from tests.integration.whatif.told import REGISTRATION, Told


async def told_day(url: str) -> dict[str, str]:
    """Six tasks of one team; the ids of those the tests look for."""
    told = await Told.begun(url)
    await told.task(confidence=0.95, truth="correct")
    unsure = await told.task(confidence=0.85, truth="wrong")
    await told.task(refunds=(("A", 100),))
    dear = await told.task(refunds=(("A", 450),), truth="correct")
    await told.task(held=("B", 1200))
    await told.task(confidence=0.7, reason="low_confidence")
    await told.ledger.close()
    return {"unsure": unsure, "dear": dear}


def settled(folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of an installation with that ledger."""
    policies, tools = folder / "policies", folder / "tools.yaml"
    policies.mkdir(exist_ok=True)
    (policies / "money.yaml").write_text(MONEY)
    registered: dict[str, Any] = REGISTRATION.model_dump(mode="json", exclude_defaults=True)
    with tools.open("w") as out:
        YAML(typ="safe").dump(registered, out)
    monkeypatch.setenv("MUSTER_DATABASE_URL", url)
    monkeypatch.setenv("MUSTER_HOME", str(folder / "home"))
    monkeypatch.setenv("MUSTER_POLICIES_DIR", str(policies))
    monkeypatch.setenv("MUSTER_TOOLS_REGISTRATION", str(tools))
    monkeypatch.delenv("MUSTER_OWNER_PASSWORD", raising=False)
