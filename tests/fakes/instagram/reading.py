"""How Meta answers questions: the fields that were asked for, and lists page by page."""

import re
from typing import Any

from tests.fakes.instagram.refusals import Refused
from tests.fakes.server import Answer

PAGE = 25
MAX_PAGE = 100


def names_in(fields: str) -> list[str]:
    """Return the names in a `fields` parameter; what is asked of a field is left out."""
    return [name for name in re.sub(r"\{[^}]*\}|\.\w+\([^)]*\)", "", fields).split(",") if name]


def pick(record: dict[str, Any], fields: str, default: tuple[str, ...] = ("id",)) -> dict[str, Any]:
    """Return the fields of a record that were asked for; the id always."""
    names = names_in(fields) or list(default)
    return {name: record[name] for name in dict.fromkeys([*names, "id"]) if name in record}


def page(records: list[dict[str, Any]], fields: dict[str, str], url: str) -> Answer:
    """Return a part of a list, with the addresses of the parts before and after it."""
    size = min(int(fields.get("limit") or PAGE), MAX_PAGE)
    ids = [record["id"] for record in records]
    begin = _place_after(ids, fields.get("after", ""))
    if before := fields.get("before"):
        begin = max(_place_after(ids, before) - 1 - size, 0)
    shown = records[begin : begin + size]
    answer: dict[str, Any] = {"data": [pick(item, fields.get("fields", "")) for item in shown]}
    if shown:
        cursors = {"before": f"c{shown[0]['id']}", "after": f"c{shown[-1]['id']}"}
        answer["paging"] = {"cursors": cursors}
        token = fields.get("access_token", "")
        base = f"{url}?access_token={token}&fields={fields.get('fields', '')}&limit={size}"
        if begin + size < len(records):
            answer["paging"]["next"] = f"{base}&after={cursors['after']}"
        if begin:
            answer["paging"]["previous"] = f"{base}&before={cursors['before']}"
    return Answer.json(answer)


def _place_after(ids: list[str], cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return ids.index(cursor.removeprefix("c")) + 1
    except ValueError:
        raise Refused(100, 0, "(#100) Invalid cursor") from None
