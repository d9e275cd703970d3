"""Audit events as rows of the tab Audit, and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from promptpress.adapters.google.sheets.headings import AUDIT_COLUMNS, spell
from promptpress.model import AuditEvent
from promptpress.wording import keepable

WAITING = " waits"
"""Ends the key of an event that other audit logs have not got yet."""
WITHDRAW = "withdraw"
"""Action of a row that says that an earlier one did not come true: its step met a change of row."""


def event_row(event: AuditEvent, *, waits: bool = False) -> dict[str, object]:
    """Return the row of an event, by heading; everything in it is text."""
    detail = json.dumps(dict(event.detail), sort_keys=True, default=str, ensure_ascii=False)
    told = (
        event.at.isoformat(" "),
        str(event.post_id),
        event.action,
        event.outcome,
        event.service,
        keepable(detail) if event.detail else "",
        event.run,
        event.id + (WAITING if waits else ""),
    )
    return dict(zip(AUDIT_COLUMNS, told, strict=True))


def in_columns(row: Mapping[str, object], columns: Mapping[str, int]) -> list[object]:
    """Return the values of a row in the order in which a tab has its columns."""
    values: list[object] = [""] * (max(columns.values(), default=-1) + 1)
    for heading, value in row.items():
        if heading in columns:
            values[columns[heading]] = value
    return values


def _read_event(cells: Mapping[str, str]) -> AuditEvent | None:
    try:
        at, post_id = datetime.fromisoformat(cells["Time"]), int(cells["Post"])
    except ValueError:
        return None
    try:
        detail = json.loads(cells["Detail"] or "{}")
    except ValueError:
        detail = {}
    return AuditEvent(
        id=cells["Key"].removesuffix(WAITING),
        at=at,
        run=cells["Run"],
        post_id=post_id,
        action=cells["Action"],
        outcome=cells["Outcome"],
        service=cells["Service"],
        detail=detail if isinstance(detail, dict) else {},
    )


def read_events(rows: Sequence[Sequence[str]], *, waiting: bool = False) -> list[AuditEvent]:
    """Return the events of a tab in their order; each once, without those that were withdrawn.

    Args:
        rows: the texts of the tab; the first row has the headings.
        waiting: only those that other audit logs have not got yet.
    """
    columns = {spell(text): n for n, text in reversed(list(enumerate(rows[0] if rows else ())))}
    events: dict[str, AuditEvent] = {}
    for row in rows[1:]:
        cells = {
            text: row[n] if (n := columns.get(spell(text), -1)) in range(len(row)) else ""
            for text in AUDIT_COLUMNS
        }
        event = _read_event(cells)
        if event is None:
            continue  # a note that somebody has written there
        if event.action == WITHDRAW:
            # It may come true later all the same, and then has one more row below.
            events.pop(str(event.detail.get("event")), None)
        elif not waiting or cells["Key"].endswith(WAITING):
            events.setdefault(event.id, event)
    return list(events.values())


def withdrawn(event: AuditEvent, event_id: str) -> AuditEvent:
    """Return the event that says that another did not come true."""
    return replace(event, id=event_id, action=WITHDRAW, outcome="done", detail={"event": event.id})
