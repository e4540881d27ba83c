"""Pydantic AI's worker: an agent with its Prefect durability, each task a flow run, as documented.

Run by task_overhead.py in the environment of the rivals:
`python -m tests.benchmarks.task_overhead_pydantic_ai` with PREFECT_API_URL set.
"""
# mypy: disable-error-code="import-not-found,misc,no-any-return,untyped-decorator"

import uuid
from typing import Any

from prefect import flow
from pydantic_ai import Agent
from pydantic_ai.durable_exec.prefect import PrefectDurability
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from tests.benchmarks import task_overhead_work as work


class InstantModel(Model):
    """Answers at once, by how often it was answered before in this conversation."""

    @property
    def model_name(self) -> str:
        return "instant"

    @property
    def system(self) -> str:
        return "instant"

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        turn = sum(isinstance(message, ModelResponse) for message in messages)
        parts: list[Any] = [TextPart(work.ANSWER)]
        if turn < len(work.STEPS):
            number = hash(messages[0].timestamp) % 10_000_000
            parts = [
                ToolCallPart(name, work.arguments(name, number), tool_call_id=f"toolu_{uuid.uuid4().hex}")
                for name in work.STEPS[turn]
            ]
        usage = RequestUsage(input_tokens=work.INPUT_TOKENS, output_tokens=work.OUTPUT_TOKENS)
        return ModelResponse(parts=parts, usage=usage, model_name="instant")


agent = Agent(InstantModel(), name="desk", instructions=work.SYSTEM, capabilities=[PrefectDurability()])


@agent.tool_plain
async def get_order(order_number: str, reason: str) -> str:
    """An order."""
    return work.result("get_order", order_number)


@agent.tool_plain
async def track_shipment(order_number: str, reason: str) -> str:
    """Where a parcel is."""
    return work.result("track_shipment", order_number)


@agent.tool_plain
async def list_orders(order_number: str, reason: str) -> str:
    """A customer's orders."""
    return work.result("list_orders", order_number)


@agent.tool_plain
async def find_customer(order_number: str, reason: str) -> str:
    """A customer."""
    return work.result("find_customer", order_number)


@flow(name="pydantic-ai-task", flow_run_name="{task_id}")
async def one_task(task_id: str) -> str:
    """The agent's work on one task."""
    answer = await agent.run(work.TEXT)
    responses = [message for message in answer.all_messages() if isinstance(message, ModelResponse)]
    assert len(responses) == len(work.STEPS) + 1
    assert sum(len(response.tool_calls) for response in responses) == len(work.TOOLS)
    return str(answer.output)


async def run(tasks: int, most: int) -> None:
    async def one(_number: int) -> None:
        await one_task(uuid.uuid4().hex)

    await work.at_once(one, tasks, most)


if __name__ == "__main__":
    work.serve(run)
