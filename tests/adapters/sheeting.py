"""A spreadsheet of the stand-in worked off without Prefect: what a run writes, step by step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from promptpress import steps
from promptpress.adapters.google.sheets import SheetsQueue
from promptpress.errors import OutcomeUnknown, PromptpressError
from promptpress.model import CLAIMABLE, Media, Post, PostState, PublicationState, Stamp
from tests.adapters.googling import account_of, spreadsheet_of
from tests.fakes.google import Google
from tests.fakes.sheets import Book, Sheets

LEASE = timedelta(seconds=300)
PICTURE = Media(
    sha256="a" * 64, format="PNG", width=64, height=64, size=100, refs={"local": "aa/a.png"}
)
PLAIN = [["Prompt"], ["a fox"], ["a lighthouse"]]
"""An unmodified sheet: a heading and two prompts."""
DONE = ["Prompt", "Status", "Information", "Time"]
CHANNEL = "telegram"


@dataclass
class Clock:
    """A clock that is moved by hand."""

    now: datetime = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Channel:
    """A channel that nobody can ask: what was sent is sent."""

    sent: list[str] = field(default_factory=list)
    generated: list[str] = field(default_factory=list)


class Worker:
    """One process: it claims posts and takes each its way, until something kills it."""

    def __init__(self, office: "Office", *, keeps: bool = False, relays: bool = False) -> None:
        self.office = office
        self.account = account_of(office.google)
        self.queue = SheetsQueue(
            spreadsheet_of(
                office.google,
                office.sheets,
                office.book.id,
                clock=office.clock,
                account=self.account,
            ),
            lease=LEASE,
            clock=office.clock,
            new_id=office.new_id,
            keeps=keeps,
            relays=relays,
            sleep=lambda seconds: None,
        )

    def stamp(self, post: Post) -> Stamp:
        return Stamp(id=self.office.new_id(), at=self.office.clock(), run=post.owner)

    def work_off(self, limit: int = 50) -> list[Post]:
        """Claim and carry all there is; return the posts as they end."""
        owner = f"run-{self.office.new_id()}"
        if not self.queue.has_work(CLAIMABLE):
            return []
        return [self.carry(post) for post in self.queue.claim(limit, owner, CLAIMABLE)]

    def carry(self, post: Post) -> Post:
        """Take one post its way; what a service cannot do hands it back."""
        record, stamp, office = self.queue.record, self.stamp, self.office
        if post.state in (PostState.QUEUED, PostState.GENERATING):
            fills = {"caption": post.prompt, "num_images": 1}
            post = record(steps.begin_generation(post, stamp(post), "sketch", fills))
            office.channel.generated.append(post.prompt)
            post = record(steps.keep_media(post, stamp(post), (PICTURE,)))
        if post.state is PostState.GENERATED:
            post = record(steps.make_ready(post, stamp(post), (CHANNEL,)))
        publication = post.publication(CHANNEL)
        if publication.state is PublicationState.SENDING:
            doubt = OutcomeUnknown("nobody can know whether it was sent", CHANNEL)
            return record(steps.in_doubt(post, stamp(post), CHANNEL, doubt))
        if publication.state is PublicationState.PENDING:
            post = record(steps.begin_send(post, stamp(post), CHANNEL))
            office.channel.sent.append(post.prompt)
            number = str(len(office.channel.sent))
            url = f"https://t.me/c/{number}"
            post = record(steps.sent(post, stamp(post), CHANNEL, number, url, {}))
        return post


class Office:
    """A spreadsheet, the services around it, and workers that come and go."""

    def __init__(self, google: Google, sheets: Sheets, rows: Sequence[Sequence[object]]) -> None:
        self.google = google
        self.sheets = sheets
        self.clock = Clock()
        sheets.date = self.clock
        self.channel = Channel()
        self._numbers = count(1)
        self.book = sheets.add(Book("b" * 44, "Prompts", {"Process": rows, "Done": [DONE]}))

    def new_id(self) -> str:
        return f"id-{next(self._numbers)}"

    def worker(self, *, keeps: bool = False, relays: bool = False) -> Worker:
        """Return a new process."""
        return Worker(self, keeps=keeps, relays=relays)

    def let_leases_end(self) -> None:
        """Let so much time pass that every claim is over."""
        self.clock.now += LEASE + timedelta(seconds=1)

    def column(self, heading: str, tab: str = "Process") -> list[str]:
        """Return the texts below a heading, from the second row on; blank rows left out."""
        rows = self.book.rows(tab)
        place = rows[0].index(heading)
        return [row[place] for row in rows[1:] if len(row) > place and row[place]]

    def process(self) -> list[str]:
        """Return the prompts that still stand in the tab Process."""
        return self.column("Prompt")


def calls_of(office: Office) -> list[str]:
    """Return the calls to Sheets so far."""
    return [entry.call for entry in office.sheets.journal.entries("sheets")]


def until_settled(make: Callable[[], Worker], office: Office, rounds: int = 10) -> None:
    """Let new workers come until nothing is left to do."""
    for _ in range(rounds):
        office.let_leases_end()
        worker = make()
        try:
            if not worker.queue.has_work(CLAIMABLE):
                return
            worker.work_off()
        except PromptpressError:
            continue
    raise AssertionError("there is still work after many rounds")
