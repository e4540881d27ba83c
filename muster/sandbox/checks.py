"""How isolation stands on this machine, for `muster doctor`."""

from typing import Literal

from muster.sandbox.standing import standing


def look_at() -> tuple[Literal["ok", "warn", "fail"], str, str | None]:
    """How programs are isolated, or why none is run, and what to do."""
    found = standing()
    if found.way is not None:
        return "ok", found.what, None
    return (
        "warn",
        f"{found.what}: agents' programs are refused, and PDFs, HTML mails and bank statements quarantined",
        found.do,
    )
