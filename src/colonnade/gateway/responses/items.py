"""The input of a request becomes a list of items, each checked and with an id of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from colonnade.gateway.field_faults import missing, wrong
from colonnade.gateway.responses.asked import Items
from colonnade.gateway.responses.content import parts_of, unsupported
from colonnade.gateway.responses.identifiers import item_id

Item = dict[str, Any]
ROLES: Final = frozenset({"user", "assistant", "system", "developer"})


def items_of(given: Any, response_id: str) -> Items:
    """The items of `input`; text alone is one message of the user's.

    Raises:
        InvalidRequest: an item of a wrong shape, or of a kind that chat cannot carry, named by its place.
    """
    if given is None:
        missing("input")
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    if not isinstance(given, list) or not given:
        wrong("input", "a string or an array that is not empty")
    return [_item(item, place, response_id) for place, item in enumerate(given)]


def _item(given: Any, place: int, response_id: str) -> Item:
    where = f"input[{place}]"
    if not isinstance(given, dict):
        wrong(where, "an object")
    kind = str(given.get("type") or "message")
    reader = _READERS.get(kind)
    if reader is None:
        raise unsupported(f"{where}.type", f"Items are {', '.join(f'`{name}`' for name in _READERS)}")
    item = {**given, "type": kind, **reader(given, where)}
    if not isinstance(item.get("id"), str) or not item["id"]:
        item["id"] = item_id(response_id, kind, "i", place)
    return item


def _message(given: Item, where: str) -> Item:
    role = given.get("role")
    if role not in ROLES:
        wrong(f"{where}.role", "`user`, `assistant`, `system` or `developer`")
    spoken = "output_text" if role == "assistant" else "input_text"
    return {"content": parts_of(given.get("content"), f"{where}.content", spoken), "status": "completed"}


def _function_call(given: Item, where: str) -> Item:
    for name in ("call_id", "name", "arguments"):
        _required(given, name, where)
    return {"status": "completed"}


def _function_output(given: Item, where: str) -> Item:
    _required(given, "call_id", where)
    if not isinstance(given.get("output"), str):
        parts_of(given.get("output"), f"{where}.output")
    return {"status": "completed"}


def _reasoning(given: Item, where: str) -> Item:
    if not isinstance(given.get("summary"), list | None):
        wrong(f"{where}.summary", "an array")
    return {}


def _reference(given: Item, where: str) -> Item:
    _required(given, "id", where)
    return {}


def _required(given: Item, name: str, where: str) -> None:
    if given.get(name) is None:
        missing(f"{where}.{name}")
    if not isinstance(given[name], str):
        wrong(f"{where}.{name}", "a string")


_READERS: Final[Mapping[str, Callable[[Item, str], Item]]] = {
    "message": _message,
    "function_call": _function_call,
    "function_call_output": _function_output,
    "reasoning": _reasoning,
    "item_reference": _reference,
}
