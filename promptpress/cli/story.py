"""A post in words: what was asked for, what came of it, and everything that happened."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum

from promptpress.article import Article, Section
from promptpress.cli.output import one_line
from promptpress.model import AuditEvent, Media, Order, Post, Publication

SHORT_HASH = 12
"""Characters of a content hash that are enough to tell pictures apart."""


def to_plain(value: object) -> object:
    """Return the value in what JSON knows: dataclasses as objects, times as ISO 8601."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, Post | Media | Publication | AuditEvent | Article | Section):
        return {item.name: to_plain(getattr(value, item.name)) for item in fields(value)}
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def moment(at: datetime | None, timespec: str = "minutes") -> str:
    """Return a time for a person, in UTC; empty for none."""
    if at is None:
        return ""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", timespec)


def state_of(post: Post) -> str:
    """Return the state of a post for a person."""
    return f"{post.state} (held)" if post.held else str(post.state)


def describe_order(post: Post) -> list[tuple[str, str]]:
    """Return name and value of all that was asked for, what nobody chose left out."""
    lines = [
        (item.name.replace("_", " "), _shown(getattr(post, item.name)))
        for item in fields(Order)
        if item.name != "key" and getattr(post, item.name) != item.default
    ]
    lines += [("reason", one_line(post.reason)), *(("problem", p) for p in post.problems)]
    if post.owner:
        lines.append(("claimed by", f"{post.owner} until {moment(post.lease_until, 'seconds')}"))
    elif post.lease_until:
        lines.append(("not before", moment(post.lease_until, "seconds")))
    return [(name, value) for name, value in lines if value]


def describe_media(media: Media) -> tuple[str, str, str, str]:
    """Return a picture for a person: what it is, who made it, how, and where it is kept."""
    shape = f"{media.format} {media.width}×{media.height}, {media.size:,} bytes"
    maker = " ".join(filter(None, (media.generator, media.model)))
    made = {"seed": media.seed, "cost": media.cost}
    how = describe_detail(made)
    return shape, one_line(maker), how, describe_detail(media.refs)


def describe_publication(publication: Publication) -> tuple[str, str, str, str]:
    """Return a publication for a person: channel, state, when, and where or why."""
    where = publication.url or publication.external_id
    rests = publication.rests_until
    until = f"rests until {moment(rests, 'seconds')}" if rests else ""
    about = "; ".join(filter(None, (one_line(where), until, one_line(publication.reason))))
    when = moment(publication.sent_at, "seconds")
    return publication.channel, str(publication.state), when, about


def describe_event(event: AuditEvent) -> tuple[str, str, str, str, str, str]:
    """Return an event for a person: time, run, action, service, outcome, details."""
    return (
        moment(event.at, "seconds"),
        one_line(event.run),
        event.action,
        event.service,
        event.outcome,
        # Its pictures are told above, and whole.
        describe_detail({name: one for name, one in event.detail.items() if name != "media"}),
    )


def describe_detail(detail: Mapping[str, object]) -> str:
    """Return details as one line, what is blank left out: `model: FLUX; seed: 7`."""
    shown = ((name, _shown(value)) for name, value in detail.items())
    return "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in shown if value)


def _shown(value: object) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, datetime):
        return f"{moment(value)} UTC"
    if isinstance(value, Mapping):
        return describe_detail(value)
    if isinstance(value, Article):
        what = "text" if value.is_written else "outline"
        value = f"{value.title} ({what}, sections: {len(value.sections)})"
    if isinstance(value, str):
        return one_line(_short(value))
    if isinstance(value, Iterable):
        return ", ".join(_shown(item) for item in value)
    return str(value)


def _short(text: str) -> str:
    is_hash = len(text) == 64 and all(c in "0123456789abcdef" for c in text)
    return text[:SHORT_HASH] if is_hash else text
