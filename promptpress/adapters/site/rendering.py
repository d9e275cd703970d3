"""Templates to bytes: what all files of a site have in common. Pure, the same bytes every time."""

import functools
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from promptpress.adapters.site.texts import clean

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; img-src 'self' file:; style-src 'self' file:; script-src 'self' file:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)
"""Of every page (w3.org/TR/CSP3): nothing inline, nothing from elsewhere. `file:` is for pages
opened from the disk, where Firefox takes nothing for 'self'; a page from the web may not load it
anyway."""


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(day=day, rfc822=_rfc822, month=month)
    return environment


def day(at: datetime) -> str:
    """Return a date for a reader: 21 November 2026."""
    return f"{at.day} {at:%B %Y}"


def month(name: str) -> str:
    """Return a month for a reader: November 2026 for 2026-11."""
    return f"{datetime.strptime(name, '%Y-%m').replace(tzinfo=UTC):%B %Y}"


def _rfc822(at: datetime) -> str:
    """Return a date as RSS 2.0 has it (RFC 822)."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


@functools.cache
def _sources() -> Mapping[str, bytes]:
    """Return all that files are made from beside records: path to content."""
    folders = ((HERE / name).rglob("*") for name in ("templates", "assets"))
    files = [*HERE.glob("*.py"), *(file for folder in folders for file in folder)]
    return {f.relative_to(HERE).as_posix(): f.read_bytes() for f in sorted(files) if f.is_file()}


def assets() -> dict[str, bytes]:
    """Return the files that stand on the site as they are: path to content."""
    return {path: content for path, content in _sources().items() if path.startswith("assets/")}


class Renderer:
    """Fills in the templates of one site."""

    def __init__(self, title: str, url: str) -> None:
        """Keep what all pages have in common.

        Args:
            title: of the site.
            url: where it is published; empty: nowhere, all links are relative.
        """
        self.title = clean(title)
        self.url = f"{url.rstrip('/')}/" if url else ""

    @functools.cached_property
    def look(self) -> str:
        """A digest of all that pages are made from beside records: when it changes, all are."""
        parts = [self.title.encode(), self.url.encode()]
        for path, content in _sources().items():
            parts += [path.encode(), content]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]

    def render(self, template: str, **values: object) -> bytes:
        """Return a template with these values, and those that every template has."""
        page = _environment().get_template(template)
        text = page.render(site=self.title, url=self.url, look=self.look, **values)
        return text.encode()
