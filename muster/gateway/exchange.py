"""The caller's side of one request, as what an upstream tells and asks in the middle of it meets it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

Params = Mapping[str, Any]
Questions = Mapping[str, Mapping[str, Any]]
"""Requests to the caller by a key of the asker's: each has a `method` and may have `params`."""


_NOTHING: Final[Params] = MappingProxyType({})


class CannotAskError(Exception):
    """Nobody on the caller's side answers questions, or not this one."""


class Exchange:
    """A caller that declares nothing: it is told nothing and answers nothing."""

    owner: str | None = None
    """Whose own conversations with upstreams this request may use; null: only shared ones."""
    capabilities: Params = _NOTHING
    """What the caller declared it can be asked."""
    log_level: str | None = None
    """The least severe log message the caller wants of this request; null: none."""
    meta: Params = _NOTHING
    """What of the caller's `_meta` goes on to the system."""
    first_words: Params = _NOTHING
    """`inputResponses` that came with the request though nothing of ours asked for them."""

    in_sessions: bool = False
    """Whether the caller speaks the 2025 era, and the system is opened to it."""
    follows: bool = False
    """Whether this is a subscription: what its system says of other requests is not for it."""

    async def tell(self, method: str, params: Params) -> None:
        """Pass a notification on to the caller, where it belongs to this request."""

    async def pause(self) -> None:
        """Let the caller's own stream close as the system's did: the answer comes when it reconnects."""

    async def changed(self, method: str, params: Params) -> None:
        """Pass on a notification that is about no request of the caller's: a list or a resource changed."""

    async def ask(self, questions: Questions) -> dict[str, Any]:
        """The caller's answers, by the keys of the questions.

        Raises:
            CannotAskError: nobody answers.
        """
        asked = ", ".join(str(question.get("method")) for question in questions.values())
        raise CannotAskError(f"the caller did not declare that it can be asked {asked or 'again'}")


NOBODY: Final = Exchange()
