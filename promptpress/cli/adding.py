"""add, import: orders go into the queue, all that is wrong with them told at once."""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Annotated, cast

from cyclopts import CycloptsError, Parameter

from promptpress import wiring
from promptpress.cli.articles import read_article_file
from promptpress.cli.files import FileFormat, Row, format_of, read_rows
from promptpress.cli.output import complain, say
from promptpress.errors import InvalidPost
from promptpress.model import Order
from promptpress.orders import find_problems, find_zone_problem, read_cells
from promptpress.wiring import makers

BATCH = 1_000
"""Orders written in one transaction."""
MAX_COMPLAINTS = 50
"""Bad rows named one by one; the others are counted."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What an order may say beside its prompt, as typed."""

    caption: str = ""
    """Text under the picture; written from the prompt when not given."""
    hashtags: str = ""
    """Words, divided by commas or blanks; the # may be left out."""
    alt_text: str = ""
    """What the picture shows, for those who cannot see it."""
    negative_prompt: str = ""
    """What the picture should not show."""
    style: str = ""
    """Style of the picture."""
    width: str = ""
    """Pixels."""
    height: str = ""
    """Pixels."""
    num_images: str = ""
    """Pictures wanted, 1 to 10."""
    seed: str = ""
    """A number; the same seed gives the same picture where the generator keeps to it."""
    generator: str = ""
    """What makes the picture."""
    model: str = ""
    """The generator's model."""
    channels: str = ""
    """Where it goes, divided by commas; the usual channels when not given."""
    kind: str = ""
    """Kind of post: photo, carousel, story, reel or article."""
    due_at: Annotated[str, Parameter(name=("--at", "--due-at"))] = ""
    """When at the earliest, such as "2026-11-21 09:00" (UTC unless it says otherwise)."""
    local_time: Annotated[str, Parameter(name=("--time", "--local-time"))] = ""
    """When it is published at the earliest, on a clock in its zone, such as "2026-12-01 08:30"."""
    zone: str = ""
    """Zone of that time, such as Europe/Berlin; the channel's own when not given."""
    media_links: Annotated[str, Parameter(name=("--media", "--media-links"))] = ""
    """Addresses of pictures or a video to use in place of generated ones, divided by blanks."""
    link: str = ""
    """Address that the post points to."""
    location: str = ""
    """Id of a page with a place, as Instagram knows it."""
    user_tags: str = ""
    """Accounts that are in the picture, divided by commas or blanks."""
    priority: str = ""
    """Higher goes first."""


def add(
    prompt: Annotated[str | None, Parameter(show_default=False)] = None,
    /,
    *,
    article: str = "",
    wishes: Wishes | None = None,
) -> int:
    """Queue one prompt, or an article of your own, and print the id of its post.

    Args:
        prompt: What to draw, in quotes; with --kind article, what to write about.
        article: A Markdown file to publish as an article; its pictures are made.
        wishes: What else is wanted.
    """
    if prompt is None and not article:
        raise CycloptsError(msg="PROMPT requires an argument, or name an --article.")
    cells: dict[str, object] = asdict(wishes or Wishes())
    cells |= {"prompt": prompt} if prompt is not None else {}
    unread: list[str] = []
    if article:
        found, unread = read_article_file(article)
        cells = found | {name: cell for name, cell in cells.items() if cell}
    order, problems = _read(cells, *_names())
    problems = unread or problems
    if problems:
        for problem in problems:
            complain(problem)
        return 1
    services = wiring.services()
    say(str(services.queue.add([order], services.stamp().run)[0]))
    return 0


def import_files(
    *files: Annotated[str, Parameter(required=True, allow_leading_hyphen=True)],
    form: Annotated[FileFormat | None, Parameter(name="--format")] = None,
    again: bool = False,
) -> int:
    """Queue the prompts of CSV, TSV or JSON-lines files.

    The columns are those of `add`; only `prompt` is needed, others are ignored. A file of one
    column without heading is one prompt per line. Bad rows are named, the good ones are queued.
    Importing a file again queues only the rows that are new.

    Args:
        files: The files; `-` is the standard input.
        form: How the files are written; by default their names tell.
        again: Queue rows that were imported before once more.
    """
    return _import_all(files, form, again=again)


def schedule(
    *files: Annotated[str, Parameter(required=True, allow_leading_hyphen=True)],
    form: Annotated[FileFormat | None, Parameter(name="--format")] = None,
    zone: str = "",
    again: bool = False,
) -> int:
    """Queue the posts of CSV, TSV or JSON-lines files, each with the time it is published at.

    The columns are those of `import`, and `time` must be there: a time on a clock, such as
    "2026-12-01 08:30". Usual ones beside it are kind, caption, channels and media.

    Args:
        files: The files; `-` is the standard input.
        form: How the files are written; by default their names tell.
        zone: Zone of times whose row names none; the channel's own when not given.
        again: Queue rows that were scheduled before once more.
    """
    if zone and (problem := find_zone_problem(zone)):
        complain(f"--zone: {problem}")
        return 1

    def timed(order: Order) -> tuple[Order, str]:
        if not order.local_time:
            return order, "it has no time: write one such as 2026-12-01 08:30"
        return replace(order, zone=order.zone or zone), ""

    return _import_all(files, form, again=again, finish=timed)


Finish = Callable[[Order], tuple[Order, str]]
"""Completes an order that was read, or says what is wrong with it."""


def _import_all(
    files: tuple[str, ...], form: FileFormat | None, *, again: bool, finish: Finish | None = None
) -> int:
    for name in files:  # the lone hyphen is a file, and so cyclopts lets all hyphens through
        if name.startswith("-") and name != "-":
            raise CycloptsError(msg=f"Unknown option: {name}")
    code = 0
    for name in dict.fromkeys(files):
        try:
            good = _import(name, form, again=again, finish=finish)
        except OSError as error:
            complain(f"{name}: {error.strerror}")
            good = False
        except InvalidPost as error:
            complain(f"{name}: {error}")
            good = False
        code = code if good else 1
    return code


@dataclass
class _Tally:
    """What became of the rows of one file."""

    name: str
    queued: int = 0
    known: int = 0
    bad: int = 0
    ignored: dict[str, None] = field(default_factory=dict)

    def refuse(self, line: int, problem: str) -> None:
        self.bad += 1
        if self.bad <= MAX_COMPLAINTS:
            complain(f"{self.name}, line {line}: {problem}")

    def report(self) -> None:
        if self.bad > MAX_COMPLAINTS:
            complain(f"{self.name}: {self.bad - MAX_COMPLAINTS:,} more rows are bad")
        known = f", {self.known:,} known already" if self.known else ""
        bad = f", {self.bad:,} bad" if self.bad else ""
        say(f"{self.name}: {self.queued:,} queued{known}{bad}")
        if self.ignored:
            say(f"{self.name}: ignored columns: {', '.join(self.ignored)}")


def _import(
    name: str, form: FileFormat | None, *, again: bool, finish: Finish | None = None
) -> bool:
    form = form or format_of(name)
    services = wiring.services()
    tally = _Tally(name)
    with _opened(name) as raw:
        orders = _orders(read_rows(raw, form), tally, finish or (lambda order: (order, "")))
        keyed = orders if again else _keyed(orders, Path(name).name)
        while batch := list(islice(keyed, BATCH)):
            ids = services.queue.add([order for order, _ in batch], services.stamp().run)
            tally.known += ids.count(None)
            tally.queued += len(ids) - ids.count(None)
    tally.report()
    if not tally.queued + tally.known + tally.bad:
        raise InvalidPost("there is no prompt in it: write one per line")
    return not tally.bad


def _opened(name: str) -> "nullcontext[BufferedReader] | BufferedReader":
    if name == "-":
        return nullcontext(cast("BufferedReader", sys.stdin.buffer))
    return Path(name).open("rb")


def _orders(rows: Iterable[Row], tally: _Tally, finish: Finish) -> Iterator[tuple[Order, Row]]:
    generators, channels = _names()
    for row in rows:
        tally.ignored.update(dict.fromkeys(row.unknown))
        if row.problem:
            tally.refuse(row.line, row.problem)
            continue
        order, problems = _read(row.cells, generators, channels)
        order, lacking = finish(order)
        problems += [lacking] if lacking else []
        if problems:
            tally.refuse(row.line, "; ".join(problems))
        else:
            yield order, row


def _keyed(orders: Iterable[tuple[Order, Row]], name: str) -> Iterator[tuple[Order, Row]]:
    """Give each order a key by which a second import of its row is known.

    Equal rows of one file are separate posts, so the key counts them; and rows added to the file
    later change no key of those before.
    """
    seen: Counter[bytes] = Counter()
    for order, row in orders:
        content = json.dumps([name, dict(row.cells)], sort_keys=True).encode()
        digest = hashlib.sha256(content)
        seen[digest.digest()] += 1
        digest.update(b"%d" % seen[digest.digest()])
        yield replace(order, key=digest.hexdigest()), row


def _names() -> tuple[list[str], list[str]]:
    """Return the names of the generators and channels that are set up, making none of them."""
    settings = wiring.services().settings
    return (
        makers.available(settings, makers.GENERATORS, settings.generators),
        makers.available(settings, makers.publishers(settings), settings.channels),
    )


def _read(
    cells: Mapping[str, object], generators: Iterable[str], channels: Iterable[str]
) -> tuple[Order, list[str]]:
    fields, unread = read_cells(cells)
    order = Order(**fields)
    problems = [*unread, *find_problems(order, list(generators), list(channels))]
    # What a channel cannot show is told now, not when its hour has come.
    return order, problems or wiring.services().find_unfit(order)
