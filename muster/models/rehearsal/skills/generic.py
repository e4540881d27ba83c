"""Work nobody wrote a skill for: read what can be read, sum it up, finish."""

from __future__ import annotations

from muster.models.rehearsal.conversation import Tool
from muster.models.rehearsal.reading.plain import normal, words
from muster.models.rehearsal.script import Call, Script
from muster.models.rehearsal.skills.endings import choose_colleague, finish, hand_over
from muster.models.rehearsal.skills.schema import fill
from muster.models.rehearsal.skills.work import Skill, Work

_READS = ("find", "get", "list", "search", "read", "look", "query", "fetch", "show")
_MOST_READS = 2
_SHORT_WORD = 4
_TOPIC_WORDS = 20
_PLATFORM = ("finish", "hand_off", "escalate", "delegate", "read_facts", "record_fact")


def run(work: Work) -> Script:
    """Hand the task to the colleague whose description its words fit, or read, sum up and finish."""
    said = [word for word in words(normal(work.message)) if len(word) > _SHORT_WORD]
    topic = list(dict.fromkeys(said))[:_TOPIC_WORDS]
    if choose_colleague(work, topic) is not None and work.talk.handoff is None:
        return hand_over(work, topic, f"Please take this on: {work.talk.task.subject or 'see the task'}.")
    reads = [tool for tool in work.talk.tools.values() if _is_read(tool)][:_MOST_READS]
    answers = yield [Call(tool.operation, fill(tool.input_schema, work.talk)) for tool in reads]
    learned = " ".join(answer.text[:200] for answer in answers if answer.ok)
    told = " ".join(work.letter.fresh.split())[:240] or work.talk.task.subject or "an empty task"
    return finish(work, f"Read the task: {told} {learned}".strip(), confidence=0.85)


def _is_read(tool: Tool) -> bool:
    return tool.name not in _PLATFORM and tool.operation.split("_")[0].lower() in _READS


SKILL = Skill(name="generic", needs=(), script=run)
