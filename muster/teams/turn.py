"""One agent's turn: ask the model, make its tool calls, until it ends its turn in one of the three ways."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from muster.gateway.client import ToolDefinition
from muster.gateway.policy import schema
from muster.ledger.events import (
    AnswerRejected,
    DelegationAnswered,
    DelegationMade,
    EscalationReason,
    HandoffMade,
)
from muster.models.claude import ModelAnswer
from muster.models.door import Question
from muster.teams.acting import ToolCall
from muster.teams.briefing import opening_message, system_blocks
from muster.teams.confidence import Finished, assess
from muster.teams.errors import PersonNeededError
from muster.teams.facts import FactSheet, recorded
from muster.teams.manifest_model import AgentManifest
from muster.teams.platform_tools import (
    Delegate,
    Ending,
    Escalate,
    Finish,
    HandOff,
    ReadFacts,
    StatedFact,
    platform_tools,
)
from muster.teams.prompts import Prompt
from muster.teams.reading import Problem, Wanted, calls_in, sendable, whole_problem
from muster.teams.run_watch import is_unsure
from muster.teams.scene import Scene
from muster.teams.spending import budgets_of_call
from muster.teams.tools import ToolSession

_AFTER_THE_END = timedelta(seconds=60)

Note = HandoffMade | DelegationMade


@dataclass(frozen=True, slots=True)
class Done:
    """How a turn ended."""

    ending: Ending
    confidence: float | None
    """By the agent's method; null where it gave none."""
    facts: FactSheet
    """The run's facts after the turn."""


@dataclass
class Turn:
    """A conversation between the platform and one agent's model."""

    scene: Scene
    agent: AgentManifest
    place: str
    """Where in the run it stands: `2`, or `2.d1` for the first colleague that is asked in it."""
    facts: FactSheet
    depth: int = 0
    """How many colleagues wait for this turn's answer."""
    _rejected: Counter[str] = field(default_factory=Counter)
    _messages: list[dict[str, Any]] = field(default_factory=list)
    _delegations: int = 0

    async def take(self, note: Note | None) -> Done:
        """How the agent ended its turn, and how sure it is.

        Raises:
            PersonNeededError: an escalation rule fired.
            ParkedError: somebody the run needs is halted.
            WorkInterruptedError: the model server is away.
            GatewayError: the gateway is away.
            LedgerUnavailableError: the record cannot be written.
        """
        scene, where = self.scene, self.scene.place_of(self.agent)
        prompt = await scene.prompt_of(self.agent)
        lifetime = timedelta(seconds=scene.deadline.left_seconds) + _AFTER_THE_END
        async with scene.tools.session(where, lifetime) as session:
            tools = {tool.name: tool for tool in await session.list_tools()}
            self._messages = [opening_message(scene.task, self.facts.visible_to(self.agent), note)]
            offered = [*map(_offered, tools.values()), *self._own_tools()]
            system = system_blocks(self.agent, scene.team.team, prompt)
            for calls in range(1, self.agent.budget.model_calls_per_task + 1):
                question = self._question(prompt, system, offered)
                answer = await self._ask(question)
                ending = await self._digest(answer, session, tools, offered, f"{self.place}.{calls}")
                if ending is not None:
                    return await self._done(ending, question)
        raise PersonNeededError(
            "no_progress",
            f"{self.agent.name} used all its {self.agent.budget.model_calls_per_task} model calls",
        )

    def _own_tools(self) -> list[dict[str, Any]]:
        may_delegate = self.depth < self.scene.standard.limits.delegation_depth
        return platform_tools(
            self.agent, self.scene.team, for_colleague=self.depth > 0, may_delegate=may_delegate
        )

    def _question(
        self, prompt: Prompt, system: list[dict[str, Any]], tools: list[dict[str, Any]]
    ) -> Question:
        """The next question; `system` and `tools` are the same lists throughout the turn."""
        return Question(
            role=self.agent.model,
            prompt_version=prompt.version,
            system=system,
            messages=list(self._messages),
            tools=tools,
            transaction_type=prompt.transaction_type,
            patient=self.scene.team.shift.batch and self.scene.task.priority == "low",
        )

    async def _ask(self, question: Question) -> ModelAnswer:
        scene = self.scene
        budgets = budgets_of_call(self.agent, scene.team, scene.task.task_id, scene.standard.fleet)
        return await scene.asking.ask(question, scene.place_of(self.agent), budgets)

    async def _digest(
        self,
        answer: ModelAnswer,
        session: ToolSession,
        tools: dict[str, ToolDefinition],
        offered: list[dict[str, Any]],
        place: str,
    ) -> Ending | None:
        """Carries out what the model wants; gives its ending when it has come to one."""
        problem = whole_problem(answer, self.scene.standard.limits.answer_characters)
        if problem is not None:
            await self._reject(problem)
            self._messages.append({"role": "assistant", "content": sendable(answer)})
            self._messages.append({"role": "user", "content": problem.hint})
            return None
        wanted = calls_in(answer, frozenset(tool["name"] for tool in offered))
        results: list[dict[str, Any]] = []
        asked: list[tuple[Wanted, Delegate]] = []
        for number, one in enumerate(wanted):
            if one.problem is not None:
                await self._reject(one.problem)
                results.append(_result(one, one.problem.hint, is_error=True))
            elif isinstance(one.read, Finish | HandOff | Escalate):
                problem = self._unfit(one.read)
                if problem is None:
                    return one.read
                await self._reject(problem)
                results.append(_result(one, problem.hint, is_error=True))
            elif isinstance(one.read, Delegate):
                asked.append((one, one.read))
            elif one.read is not None:
                results.append(await self._platform(one))
            else:
                results.append(await self._act(session, tools, one, f"{place}.{number}"))
        results += await self._delegate(asked, place)
        self._messages.append({"role": "assistant", "content": _as_said(answer, wanted)})
        self._messages.append({"role": "user", "content": results})
        return None

    def _unfit(self, ending: Ending) -> Problem | None:
        if isinstance(ending, HandOff) and self.depth > 0:
            return Problem("invalid_arguments", "you answer a colleague: use finish, or escalate")
        if isinstance(ending, HandOff) and ending.to not in self.agent.hand_off_to:
            colleagues = ", ".join(self.agent.hand_off_to) or "nobody"
            return Problem(
                "invalid_arguments", f"there is no {ending.to} to hand to; you can hand to {colleagues}"
            )
        if isinstance(ending, HandOff) and ending.transaction_type not in (
            None,
            *self.scene.team.transaction_types,
        ):
            known = ", ".join(self.scene.team.transaction_types) or "none"
            return Problem(
                "invalid_arguments", f"{ending.transaction_type} is no transaction type; known: {known}"
            )
        stated = () if isinstance(ending, Escalate) else ending.facts
        problems = [problem for fact in stated if (problem := self.facts.problem_with(fact, self.agent))]
        return Problem("invalid_arguments", problems[0]) if problems else None

    async def _reject(self, problem: Problem) -> None:
        """Counts what cannot be used; a person is asked when the standard's attempts are used up."""
        self._rejected[problem.error_class] += 1
        attempt = self._rejected[problem.error_class]
        event = AnswerRejected(error_class=problem.error_class, problem=problem.hint, attempt=attempt)
        await self.scene.note(event, self.scene.place_of(self.agent))
        if attempt >= self.scene.standard.retry[problem.error_class].attempts:
            reason: EscalationReason = "refusal" if problem.error_class == "refusal" else "broken_answer"
            said = f"the model of {self.agent.name}: {problem.hint}"
            raise PersonNeededError(reason, f"{problem.error_class}, {attempt} times; {said}")

    async def _act(
        self, session: ToolSession, tools: dict[str, ToolDefinition], one: Wanted, place: str
    ) -> dict[str, Any]:
        tool = tools.get(one.name)
        call = ToolCall(
            team=self.scene.team.team,
            agent=self.agent.name,
            place=place,
            name=one.name,
            arguments=dict(one.block["input"]),
            effect=tool.effect if tool else None,
            idempotent=tool is not None and (tool.idempotent or tool.effect == "read"),
        )
        outcome = await self.scene.acting.act(session, self.agent.escalate, call)
        if outcome.status == "refused" and outcome.rule == schema.RULE:
            await self._reject(Problem("invalid_arguments", outcome.text))
        return _result(one, outcome.text, is_error=outcome.status != "ok")

    async def _platform(self, one: Wanted) -> dict[str, Any]:
        if isinstance(one.read, StatedFact):
            return await self._record(one, one.read)
        assert isinstance(one.read, ReadFacts)
        keys = one.read.keys
        facts = [fact for fact in self.facts.visible_to(self.agent) if not keys or fact.key in keys]
        lines = "\n".join(f"{fact.key} = {fact.value} (from {fact.source})" for fact in facts)
        return _result(one, lines or "there is no such fact", is_error=False)

    async def _record(self, one: Wanted, stated: StatedFact) -> dict[str, Any]:
        problem = self.facts.problem_with(stated, self.agent)
        if problem:
            await self._reject(Problem("invalid_arguments", problem))
            return _result(one, problem, is_error=True)
        await self.scene.note(recorded(self.facts.write(stated, self.agent)), self.scene.place_of(self.agent))
        return _result(one, f"{stated.key} is written down", is_error=False)

    async def _delegate(self, asked: Sequence[tuple[Wanted, Delegate]], place: str) -> list[dict[str, Any]]:
        """The colleagues' answers; they work at the same time, each from the facts as they stand now."""
        results: list[dict[str, Any]] = []
        turns: list[tuple[Wanted, Turn, DelegationMade]] = []
        for one, delegate in asked:
            problem = self._undelegable(delegate)
            if problem is not None:
                await self._reject(problem)
                results.append(_result(one, problem.hint, is_error=True))
                continue
            self._delegations += 1
            colleague = self.scene.team.agent(delegate.to)
            made = DelegationMade(
                delegation_id=f"{place}.d{len(turns) + 1}",
                from_agent=self.agent.name,
                to_agent=colleague.name,
                ask=delegate.ask,
                depth=self.depth + 1,
            )
            await self.scene.give_work(made, self.scene.place_of(self.agent))
            turn = Turn(self.scene, colleague, made.delegation_id, self.facts.copy(), self.depth + 1)
            turns.append((one, turn, made))
        ends = await asyncio.gather(*(turn.take(made) for _, turn, made in turns), return_exceptions=True)
        for end in ends:  # what each began is recorded by now; the first that stops the run stops it
            if isinstance(end, BaseException):
                raise end
        for (one, turn, made), end in zip(turns, ends, strict=True):
            assert isinstance(end, Done)
            self.facts.take_over(end.facts.all)
            results.append(await self._answered(one, turn.agent, made, end))
        return results

    def _undelegable(self, delegate: Delegate) -> Problem | None:
        limits = self.scene.standard.limits
        if delegate.to not in self.agent.delegate_to or self.depth >= limits.delegation_depth:
            colleagues = ", ".join(self.agent.delegate_to) if self.depth < limits.delegation_depth else ""
            hint = f"there is no {delegate.to} to ask; you can ask {colleagues or 'nobody'}"
            return Problem("invalid_arguments", hint)
        if self._delegations >= limits.delegations_per_turn:
            hint = f"you have asked {self._delegations} times; go on with what you have"
            return Problem("invalid_arguments", hint)
        return None

    async def _answered(
        self, one: Wanted, colleague: AgentManifest, made: DelegationMade, done: Done
    ) -> dict[str, Any]:
        ending = done.ending
        assert not isinstance(ending, HandOff)  # refused to who answers a colleague
        declined = isinstance(ending, Escalate) or is_unsure(colleague.escalate, done.confidence)
        answered = DelegationAnswered(
            delegation_id=made.delegation_id,
            from_agent=colleague.name,
            to_agent=self.agent.name,
            outcome="declined" if declined else "answered",
            summary=ending.summary,
            answer=ending.answer if isinstance(ending, Finish) else ending.proposed_action,
            confidence=done.confidence,
        )
        await self.scene.note(answered, self.scene.place_of(colleague))
        sure = "" if done.confidence is None else f" (confidence {done.confidence:.2f})"
        said = f"{answered.outcome}{sure}: {ending.summary}\n{answered.answer or ''}".strip()
        return _result(one, said, is_error=declined)

    async def _done(self, ending: Ending, question: Question) -> Done:
        if isinstance(ending, Escalate):
            return Done(ending, ending.confidence, self.facts)
        where = self.scene.place_of(self.agent)
        for stated in ending.facts:
            await self.scene.note(recorded(self.facts.write(stated, self.agent)), where)
        if isinstance(ending, HandOff):
            return Done(ending, None, self.facts)
        finished = Finished(self.scene.task, ending, question, tuple(self.scene.acting.tried))
        assessed = await assess(self.agent, finished, self._ask)
        if assessed.method != "self_report":
            await self.scene.note(assessed, where)
        return Done(ending, assessed.value, self.facts)


def _offered(tool: ToolDefinition) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}


def _as_said(answer: ModelAnswer, wanted: list[Wanted]) -> list[dict[str, Any]]:
    """The answer's blocks, its calls as they may be sent back."""
    calls = iter(wanted)
    return [next(calls).block if block.get("type") == "tool_use" else block for block in answer.content]


def _result(one: Wanted, text: str, *, is_error: bool) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": one.block["id"], "content": text, "is_error": is_error}
