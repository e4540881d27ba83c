"""How far a system's answer can be believed, by what was registered of it."""

from typing import Literal

from muster.gateway.registration import ArgumentRoles

Trust = Literal["trusted", "mixed", "untrusted"]


def trust_of(roles: ArgumentRoles) -> Trust:
    """`trusted` when the system vouches for all of the answer, `mixed` for some fields, else `untrusted`."""
    returns = roles.returns
    if returns.everything or "$" in returns.trusted:
        return "trusted"
    return "mixed" if returns.trusted else "untrusted"
