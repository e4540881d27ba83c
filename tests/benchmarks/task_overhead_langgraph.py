"""LangGraph's worker: its agent graph with AsyncPostgresSaver on a connection pool, as documented.

Run by task_overhead.py in the environment of the rivals: `python -m tests.benchmarks.task_overhead_langgraph`
with DATABASE_URL and DURABILITY (async, its default, or sync) set.
"""
# mypy: disable-error-code="import-not-found,misc,no-any-return,untyped-decorator"

import os
import uuid
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from tests.benchmarks import task_overhead_work as work

DURABILITY: Literal["sync", "async"] = "sync" if os.environ.get("DURABILITY") == "sync" else "async"
USAGE = {
    "input_tokens": work.INPUT_TOKENS,
    "output_tokens": work.OUTPUT_TOKENS,
    "total_tokens": work.INPUT_TOKENS + work.OUTPUT_TOKENS,
}


class InstantModel(BaseChatModel):
    """Answers at once, by how often it was answered before in this conversation."""

    @property
    def _llm_type(self) -> str:
        return "instant"

    def bind_tools(self, tools: Any, **changes: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        turn = sum(isinstance(message, AIMessage) for message in messages)
        if turn == len(work.STEPS):
            answer = AIMessage(content=work.ANSWER, usage_metadata=USAGE)
        else:
            number = hash(messages[1].id) % 10_000_000
            calls = [
                {"name": name, "args": work.arguments(name, number), "id": f"toolu_{uuid.uuid4().hex}"}
                for name in work.STEPS[turn]
            ]
            answer = AIMessage(content="", tool_calls=calls, usage_metadata=USAGE)
        return ChatResult(generations=[ChatGeneration(message=answer)])

    async def _agenerate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return self._generate(messages)


@tool
async def get_order(order_number: str, reason: str) -> str:
    """An order."""
    return work.result("get_order", order_number)


@tool
async def track_shipment(order_number: str, reason: str) -> str:
    """Where a parcel is."""
    return work.result("track_shipment", order_number)


@tool
async def list_orders(order_number: str, reason: str) -> str:
    """A customer's orders."""
    return work.result("list_orders", order_number)


@tool
async def find_customer(order_number: str, reason: str) -> str:
    """A customer."""
    return work.result("find_customer", order_number)


TOOLS = [get_order, track_shipment, list_orders, find_customer]
MODEL = InstantModel().bind_tools(TOOLS)


async def call_model(state: MessagesState) -> dict[str, Any]:
    return {"messages": [await MODEL.ainvoke(state["messages"])]}


class Worker:
    """One compiled graph, a thread a task."""

    def __init__(self) -> None:
        self._pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            os.environ["DATABASE_URL"],
            min_size=1,
            max_size=8,
            open=False,
            kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        )
        self._graph: Any = None

    async def start(self) -> None:
        await self._pool.open(wait=True)
        saver = AsyncPostgresSaver(self._pool)
        await saver.setup()
        graph = StateGraph(MessagesState)
        graph.add_node("model", call_model)
        graph.add_node("tools", ToolNode(TOOLS))
        graph.add_edge(START, "model")
        graph.add_conditional_edges("model", tools_condition)
        graph.add_edge("tools", "model")
        self._graph = graph.compile(checkpointer=saver)

    async def stop(self) -> None:
        await self._pool.close()

    async def run(self, tasks: int, most: int) -> None:
        await work.at_once(self._one, tasks, most)

    async def _one(self, _number: int) -> None:
        messages = [SystemMessage(work.SYSTEM), HumanMessage(work.TEXT)]
        config = {"configurable": {"thread_id": uuid.uuid4().hex}}
        state = await self._graph.ainvoke({"messages": messages}, config, durability=DURABILITY)
        said = state["messages"]
        assert sum(isinstance(message, AIMessage) for message in said) == len(work.STEPS) + 1
        assert sum(isinstance(message, ToolMessage) for message in said) == len(work.TOOLS)


if __name__ == "__main__":
    worker = Worker()
    work.serve(worker.run, start=worker.start, stop=worker.stop)
