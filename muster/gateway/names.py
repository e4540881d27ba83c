"""Names and addresses as a caller sees them: a system's own where it is alone, else its name before."""

from collections.abc import Mapping
from typing import Any

from muster.gateway.definition import offered_name

_TOOL, _URI = "__", "+"
_URI_KEYS = ("uri", "uriTemplate")


def tool_called(view: str | None, name: str) -> str:
    """The name agents' grants know a tool by, which a caller of that view calls `name`."""
    return name if view is None else offered_name(view, name)


def named(view: str | None, server: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of a list, or content of an answer, as the view shows it."""
    if view is not None:
        return dict(item)
    shown = dict(item)
    for key in _URI_KEYS:
        if isinstance(shown.get(key), str):
            shown[key] = f"{server}{_URI}{shown[key]}"
    return shown


def prompt_named(view: str | None, server: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """A prompt of a list as the view shows it."""
    return dict(item) if view is not None else {**item, "name": f"{server}{_TOOL}{item.get('name')}"}


def meant(view: str | None, method: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The server a request is for, and its parameters as that server knows them; no server: an empty name."""
    if view is not None:
        return view, dict(params)
    if method == "completion/complete":
        reference = dict(params.get("ref") or {})
        key, mark = ("uri", _URI) if reference.get("type") == "ref/resource" else ("name", _TOOL)
        server, _, own = str(reference.get(key, "")).partition(mark)
        return server, {**params, "ref": {**reference, key: own}}
    key, mark = ("name", _TOOL) if method == "prompts/get" else ("uri", _URI)
    server, _, own = str(params.get(key, "")).partition(mark)
    return server, {**params, key: own}


def shown(view: str | None, server: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """An answer whose links to resources lead back through the gateway."""
    if view is not None:
        return dict(result)
    changed = dict(result)
    if isinstance(contents := result.get("contents"), list):
        changed["contents"] = [named(None, server, each) for each in contents]
    if isinstance(blocks := result.get("content"), list):
        changed["content"] = [_block(server, block) for block in blocks]
    if isinstance(messages := result.get("messages"), list):
        changed["messages"] = [
            {**message, "content": _block(server, message.get("content"))} for message in messages
        ]
    return changed


def _block(server: str, block: Any) -> Any:
    if not isinstance(block, dict):
        return block
    if block.get("type") == "resource_link":
        return named(None, server, block)
    if block.get("type") == "resource" and isinstance(block.get("resource"), dict):
        return {**block, "resource": named(None, server, block["resource"])}
    return block
