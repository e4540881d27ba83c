"""The company's written policies as versions, so that each decision can name the words it was made by."""

from muster.core.canonical import sha256_hex
from muster.ledger.events import EventContext, PolicyChanged
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load


class PolicyRegister:
    """Knows every text of a policy that was ever in force."""

    def __init__(self, ledger: PostgresLedger) -> None:
        self._ledger = ledger
        self._labels: dict[tuple[str, str], str] = {}

    async def label(self, name: str, text: str) -> str:
        """How decisions name the policy as it reads now, such as `standard@3`; new words are recorded first.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        key = (name, text)
        if key not in self._labels:
            self._labels[key] = f"{name}@{await self._version(name, text)}"
        return self._labels[key]

    async def _version(self, name: str, text: str) -> int:
        digest = sha256_hex(text.encode())
        known = await self._ledger.fetch(
            load("muster.ledger", "policy_version"), {"name": name, "sha256": digest}
        )
        if known:
            return int(known[0]["version"])
        async with self._ledger.transaction() as transaction:
            execute = transaction.connection.execute
            await execute(load("muster.ledger", "lock_policy"), {"name": name})
            values = {"name": name, "sha256": digest, "text": text, "now": transaction.now}
            row = await (await execute(load("muster.ledger", "insert_policy"), values)).fetchone()
            if row is not None:
                changed = PolicyChanged(name=name, version=row["version"], sha256=digest, text=text)
                await transaction.append(changed, EventContext(actor="service:policies"))
                return int(row["version"])
        return await self._version(name, text)
