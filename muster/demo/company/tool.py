"""One tool of a business system: arguments checked, operation carried out, changes written down."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row, Table, func, insert, select

from muster.core.errors import CallerError
from muster.demo.company.arguments import Arguments
from muster.demo.company.tables import writes

A = TypeVar("A", bound=Arguments)
Body = dict[str, Any]


class NotPossibleError(CallerError):
    """What a tool was asked for does not exist or cannot be done; the text says what to do instead."""


@dataclass(frozen=True)
class Answer:
    """What a tool says, and whether the books changed because of it."""

    body: Body
    changed: bool = False


@dataclass(frozen=True)
class Tool(Generic[A]):
    """A narrow operation on one system."""

    system: str
    name: str
    description: str
    arguments: type[A]
    carry_out: Callable[[Connection, A], Answer]

    def input_schema(self) -> Body:
        """The arguments as JSON Schema, without titles and null variants a model would only pay for."""
        schema = self.arguments.model_json_schema()
        properties = {name: _plain(prop) for name, prop in schema.get("properties", {}).items()}
        plain: Body = {"type": "object", "properties": properties, "additionalProperties": False}
        return plain | ({"required": schema["required"]} if schema.get("required") else {})


def use(
    engine: Engine, tool: Tool[A], given: Mapping[str, Any], *, task_id: str | None, now: datetime
) -> Body:
    """What the tool answers; a change is committed together with its row in `writes`.

    Raises:
        NotPossibleError: an argument is wrong or the operation cannot be done; nothing changed.
    """
    try:
        arguments = tool.arguments.model_validate(dict(given))
    except ValidationError as error:
        raise NotPossibleError(_explain(tool, error)) from None
    with engine.begin() as connection:
        answer = tool.carry_out(connection, arguments)
        if answer.changed:
            fields = plain(answer.body | arguments.model_dump(exclude_none=True))
            connection.execute(
                insert(writes).values(
                    system=tool.system,
                    tool=tool.name,
                    fields=json.dumps(fields, ensure_ascii=False),
                    muster_task_id=task_id,
                    written_at=now.isoformat(),
                )
            )
    return plain(answer.body)


def row_body(row: Row[Any]) -> Body:
    """A table's row by column name."""
    return dict(row._mapping)


def next_id(connection: Connection, table: Table, prefix: str) -> str:
    """The next id of a table whose rows are never deleted."""
    used = connection.scalar(select(func.count()).select_from(table)) or 0
    return f"{prefix}-{used + 1:05d}"


def plain(body: Body) -> Body:
    """The body with money as numbers and days as ISO 8601 text, ready for JSON."""
    return {name: _json(value) for name, value in body.items()}


def _json(value: Any) -> Any:
    match value:
        case Decimal():
            return float(value)
        case date():
            return value.isoformat()
        case dict():
            return plain(value)
        case list() | tuple():
            return [_json(entry) for entry in value]
        case _:
            return value


def _plain(prop: Body) -> Body:
    kept = {key: value for key, value in prop.items() if key not in ("title", "default")}
    variants = [variant for variant in kept.pop("anyOf", []) if variant.get("type") != "null"]
    return (variants[0] | kept) if len(variants) == 1 else kept


def _explain(tool: Tool[A], error: ValidationError) -> str:
    known = tool.arguments.model_fields
    problems = []
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"]) or "arguments"
        if problem["type"] == "extra_forbidden":
            problems.append(f"{name}: unknown argument")
        elif problem["type"] == "missing":
            problems.append(f"{name}: missing")
        else:
            problems.append(f"{name}: {problem['msg'].removeprefix('Value error, ')}")
    return f"{tool.name} was not carried out. {'; '.join(problems)}. It takes: {', '.join(known)}."
