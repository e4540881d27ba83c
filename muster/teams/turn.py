"""One agent's turn: ask the model, make its tool calls, until it ends its turn in one of the three ways."""

from typing import Any

from pydantic import ValidationError

from muster.ledger.events import EventContext, Fact, HandoffMade
from muster.models.claude import ModelAnswer
from muster.models.door import Question
from muster.teams.acting import Acting
from muster.teams.asking import Asking
from muster.teams.briefing import Prompt, opening_message, system_blocks
from muster.teams.errors import PersonNeededError
from muster.teams.manifest_model import AgentManifest, TeamManifest
from muster.teams.platform_tools import ENDINGS, Ending, HandOff, platform_tools
from muster.teams.spending import budgets_of_call
from muster.teams.standard import Standard
from muster.teams.task import Task
from muster.teams.tools import ToolSession


class Turn:
    """A conversation between the platform and one agent's model."""

    def __init__(
        self,
        agent: AgentManifest,
        team: TeamManifest,
        prompt: Prompt,
        where: EventContext,
        asking: Asking,
        acting: Acting,
        standard: Standard,
    ) -> None:
        self._agent = agent
        self._team = team
        self._prompt = prompt
        self._where = where
        self._asking = asking
        self._acting = acting
        self._standard = standard
        self._corrections = 0
        self._messages: list[dict[str, Any]] = []

    async def take(
        self, task: Task, facts: list[Fact], note: HandoffMade | None, session: ToolSession
    ) -> Ending:
        """How the agent ended its turn.

        Raises:
            PersonNeededError: an escalation rule fired.
            WorkInterruptedError: the model server is away.
            LedgerUnavailableError: the record cannot be written.
        """
        tools = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}
            for tool in await session.list_tools()
        ] + platform_tools(self._agent, self._team)
        self._messages = [opening_message(task, facts, note)]
        budgets = budgets_of_call(self._agent, self._team, task.task_id, self._standard.fleet)
        system = system_blocks(self._agent, self._team.team, self._prompt)
        for _ in range(self._agent.budget.model_calls_per_task):
            question = Question(self._agent.model, self._prompt.version, system, list(self._messages), tools)
            answer = await self._asking.ask(question, self._where, budgets)
            ending = await self._digest(answer, session)
            if ending is not None:
                return ending
        raise PersonNeededError(
            "no_progress",
            f"{self._agent.name} used all its {self._agent.budget.model_calls_per_task} model calls",
        )

    async def _digest(self, answer: ModelAnswer, session: ToolSession) -> Ending | None:
        """Carries out what the model wants; gives its ending when it has come to one."""
        if answer.stop_reason == "refusal":
            raise PersonNeededError("refusal", f"the model of {self._agent.name} refused to answer")
        if answer.stop_reason in ("max_tokens", "model_context_window_exceeded"):
            raise PersonNeededError("broken_answer", f"the answer was cut off ({answer.stop_reason})")
        calls = [block for block in answer.content if block["type"] == "tool_use"]
        if not calls:
            self._correct(answer, "Use one of the tools finish, hand_off or escalate to end your turn.")
            return None
        self._messages.append({"role": "assistant", "content": answer.content})
        results = []
        for block in calls:
            if block["name"] in ENDINGS:
                ending, problem = self._ending(block)
                if ending is not None:
                    return ending
                results.append(_result(block, problem, is_error=True))
                continue
            call_id = f"{self._asking.calls}:{block['id']}"
            text, bad = await self._acting.act(
                session, self._agent.escalate, call_id, block["name"], dict(block["input"])
            )
            results.append(_result(block, text, is_error=bad))
        self._messages.append({"role": "user", "content": results})
        return None

    def _ending(self, block: dict[str, Any]) -> tuple[Ending | None, str]:
        try:
            ending = ENDINGS[block["name"]].model_validate(block["input"])
        except ValidationError as error:
            first = error.errors()[0]
            problem = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
            return None, self._counted(problem)
        if isinstance(ending, HandOff) and ending.to not in self._agent.hand_off_to:
            colleagues = ", ".join(self._agent.hand_off_to) or "nobody"
            return None, self._counted(f"there is no {ending.to} to hand to; you can hand to {colleagues}")
        return ending, ""

    def _correct(self, answer: ModelAnswer, hint: str) -> None:
        hint = self._counted(hint)
        if answer.content:
            self._messages.append({"role": "assistant", "content": answer.content})
            self._messages.append({"role": "user", "content": hint})

    def _counted(self, problem: str) -> str:
        self._corrections += 1
        if self._corrections > self._standard.corrections:
            raise PersonNeededError("broken_answer", problem)
        return problem


def _result(block: dict[str, Any], text: str, *, is_error: bool) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": block["id"], "content": text, "is_error": is_error}
