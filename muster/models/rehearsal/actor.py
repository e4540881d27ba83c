"""The acting itself: from a request to the answer a model would give."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

from muster.models.rehearsal.chance import Chance
from muster.models.rehearsal.conversation import Conversation
from muster.models.rehearsal.reply import Block, Reply, cut_to
from muster.models.rehearsal.request import MessagesRequest
from muster.models.rehearsal.script import Ending, Script, Step, play
from muster.models.rehearsal.settings import RehearsalSettings
from muster.models.rehearsal.skills import skill_for
from muster.models.rehearsal.skills.obedience import hidden_text, obey
from muster.models.rehearsal.skills.schema import fill
from muster.models.rehearsal.skills.work import Skill, Work


class Actor:
    """Plays the role a conversation gives it, with the seed's mistakes."""

    def __init__(self, settings: RehearsalSettings) -> None:
        self._settings = settings
        self._chance = Chance(settings.seed)

    def reply(self, request: MessagesRequest, talk: Conversation) -> Reply:
        """The answer to a request."""
        if request.output_schema is not None:
            written = orjson.dumps(fill(request.output_schema, talk)).decode()
            return cut_to(Reply([_text(written)], "end_turn"), request.max_tokens)
        if not request.tools or request.choice.kind == "none":
            return cut_to(Reply([_text(_summary(talk))], "end_turn"), request.max_tokens)
        thought, uses = self._next(talk)
        if request.choice.kind == "tool":
            name = str(request.choice.name)
            known = [use for use in uses if use[0] == name]
            uses = known or [(name, fill(talk.tools[name].input_schema, talk))]
        if not request.choice.parallel:
            uses = uses[:1]
        blocks: list[Block] = [_text(thought)] if thought else []
        blocks += [
            {"type": "tool_use", "id": _use_id(talk, index), "name": name, "input": arguments}
            for index, (name, arguments) in enumerate(uses)
        ]
        return cut_to(Reply(blocks, "tool_use" if uses else "end_turn"), request.max_tokens)

    def _next(self, talk: Conversation) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
        """What the agent says, and the tools it uses next."""
        skill = skill_for(talk)
        work = Work(talk, self._chance, self._slip(skill, talk))
        move = play(self._script(skill, work), talk)
        if isinstance(move, Step):
            named = ", ".join(
                dict.fromkeys(name.rpartition("__")[2].replace("_", " ") for name, _ in move.calls)
            )
            return f"Next: {named}.", [(name, dict(arguments)) for name, arguments in move.calls]
        if move.tool not in talk.tools:
            return str(move.arguments.get("summary") or move.arguments.get("ask") or move.thought), []
        taken = talk.tools[move.tool].input_schema.get("properties") or move.arguments
        return move.thought, [
            (move.tool, {name: move.arguments[name] for name in move.arguments if name in taken})
        ]

    def _slip(self, skill: Skill, talk: Conversation) -> str:
        """The mistake the agent makes in this conversation, if any."""
        if not skill.mistakes or not self._chance.happens(self._settings.mistake_rate, "mistake", talk.key):
            return ""
        return self._chance.pick(skill.mistakes, "which mistake", talk.key)

    def _script(self, skill: Skill, work: Work) -> Script:
        hidden = hidden_text(work)
        if hidden and self._chance.happens(self._settings.obedience_rate, "obedience", work.talk.key):
            return _obedient(skill, work, hidden)
        return skill.script(work)


def _obedient(skill: Skill, work: Work, hidden: str) -> Script:
    """First what the hidden text says, then the ordinary work."""
    calls = obey(work, hidden)
    if calls:
        yield calls
    ending: Ending = yield from skill.script(work)
    return ending


def _summary(talk: Conversation) -> str:
    said = " ".join(talk.task.body.split())[:400]
    return f"{talk.task.subject}: {said}" if talk.task.subject else said or "There is nothing to say."


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _use_id(talk: Conversation, index: int) -> str:
    """The same for the same place in the same conversation."""
    return f"toolu_{blake2b(f'{talk.key}|{talk.turn}|{index}'.encode(), digest_size=12).hexdigest()}"
