"""daily-post on a Google Sheet, killed or cut off at any call, with a person sorting meanwhile."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from flows.daily_post import daily_post
from promptpress.adapters.google.sheets.headings import OURS
from promptpress.settings import Settings
from promptpress.wiring import Services, use_services
from tests.fakes.google import SHEET, File, Google
from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Journal
from tests.fakes.sheets import Book, Person, Sheets
from tests.fakes.telegram import Telegram
from tests.faults.trouble import Trouble, When
from tests.flows.conftest import run

PROMPTS = ("a fox", "a lake", "a tower", "a fox", "an owl")
"""Two of them alike: they are two posts."""
TITLE = "Image Prompts"
PAST = "2020-01-01T00:00:00Z"
ROUNDS = 5


@dataclass
class Scene:
    """An unmodified sheet, and everything around it."""

    google: Google
    sheets: Sheets
    generator: HuggingFace
    channel: Telegram
    book: Book
    person: Person
    settings: dict[str, str]
    environment: dict[str, str]
    project: Path

    def act(self) -> None:
        """Let the person do something, once our columns are there."""
        if OURS["data"] in self.book.rows("Process")[0] and self.person.dice.random() < 0.4:
            self.person.act()

    def column(self, heading: str, tab: str = "Process") -> list[str]:
        rows = self.book.rows(tab)
        place = rows[0].index(heading)
        return [row[place] for row in rows[1:] if len(row) > place and row[place]]

    def end_leases(self) -> None:
        """Let all leases and rests be over, as if much time had passed."""
        with self.book.lock:
            rows = self.book.rows("Process")
            data = rows[0].index(OURS["data"]) if OURS["data"] in rows[0] else 99
            for number, row in enumerate(rows[1:], 1):
                if len(row) > data and row[data]:
                    kept = json.loads(row[data])
                    ends = [kept, *kept.get("publications", ())]
                    for one in ends:
                        one |= {n: PAST for n in ("lease_until", "rests_until") if one.get(n)}
                    self.book.put("Process", number, data, json.dumps(kept))

    def run_here(self) -> None:
        """Run daily-post in this process, as a new one would."""
        values = {name.lower(): value for name, value in self.settings.items()}
        services = Services(Settings(_env_file=None, **values))  # type: ignore[arg-type]  # pydantic reads them from text
        with use_services(services):
            run(daily_post, limit=50)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start daily-post as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "flows.daily_post", "--limit", "50"],
            cwd=self.project,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def scene(folder: Path, project: Path, prefect_url: str, seed: int) -> Iterator[Scene]:
    """Set a scene in a folder of its own."""
    journal = Journal()
    with ExitStack() as stack:
        google = stack.enter_context(Google(journal))
        sheets = stack.enter_context(Sheets(journal, authorize=google.accepts, quotas=True))
        generator = stack.enter_context(HuggingFace(journal=journal))
        channel = stack.enter_context(Telegram(journal=journal))
        rows = [["Prompt"], *([prompt] for prompt in PROMPTS)]
        done = [["Prompt", "Status", "Information", "Time"]]
        book = sheets.add(Book("k" * 44, TITLE, {"Process": rows, "Done": done}))
        google.add(File(book.id, TITLE, SHEET))
        settings = {
            **generator.environment(),
            **channel.environment(),
            "DATA_DIR": str(folder / "data"),
            "QUEUE_URL": f"gsheets://{TITLE}",
            "GOOGLE_APPLICATION_CREDENTIALS": google.key_file(),
            "SHEETS_API_URL": sheets.url,
            "GOOGLE_DRIVE_API_URL": google.url,
            "GENERATORS": "huggingface",
            "CHANNELS": "telegram",
            "DEFAULT_IMAGE_WIDTH": "128",
            "DEFAULT_IMAGE_HEIGHT": "128",
        }
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PREFECT_API_URL": prefect_url,
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_LOGGING_LEVEL": "ERROR",
            "DO_NOT_TRACK": "1",
            **settings,
        }
        person = Person(book, Random(seed))
        yield Scene(
            google, sheets, generator, channel, book, person, settings, environment, project
        )


@dataclass(frozen=True)
class Verdict:
    """What came of it."""

    struck: bool
    lost: int
    second_sends: int
    second_generations: int
    in_doubt: int
    rounds: int


def kill(one: Scene, at: int, when: When) -> Verdict:
    """Kill daily-post as one of the services gets its n-th call, then let it settle."""
    process: list[subprocess.Popen[bytes]] = []

    def strike() -> None:
        process[0].kill()
        process[0].wait(30)

    trouble = Trouble(at, when, strike)
    trouble.listen(one.sheets, one.act)
    for service in (one.google, one.generator, one.channel):
        trouble.listen(service)
    process.append(one.start())
    process[0].wait(120)
    return settle(one, struck=trouble.struck)


def lose(one: Scene, at: int, when: When) -> Verdict:
    """Cut off the n-th call to Google, before or after its effect, then let it settle."""
    trouble = Trouble(at, when, lambda: None)
    trouble.listen(one.sheets, one.act)
    trouble.listen(one.google)
    one.run_here()
    return settle(one, struck=trouble.struck)


def count_calls(one: Scene, kind: str) -> int:
    """Run daily-post whole; return how many calls a trouble may strike."""
    trouble = Trouble(0, "before", lambda: None)
    google = (one.sheets, one.google)
    for service in google if kind == "lose" else (*google, one.generator, one.channel):
        trouble.listen(service)
    one.run_here()
    return trouble.calls


def settle(one: Scene, *, struck: bool) -> Verdict:
    """Let new runs come until nothing is left to do; count what came of it."""
    for service in (one.sheets, one.google, one.generator, one.channel):
        service.before = service.after = lambda call: None
    rounds = 0
    while rounds < ROUNDS and not _is_settled(one):
        rounds += 1
        one.end_leases()
        one.run_here()
    ordered = Counter([*PROMPTS, *one.person.typed])
    journal = one.sheets.journal
    sent, made = Counter(journal.accepted("send")), Counter(journal.accepted("generate"))
    over = Counter(one.column("Prompt", "Done"))
    doubtful = Counter(one.column("Prompt"))
    return Verdict(
        struck=struck,
        lost=(ordered - (over + doubtful)).total() + (over - sent).total(),
        second_sends=(sent - ordered).total() + (over + doubtful - ordered).total(),
        second_generations=(made - ordered).total(),
        in_doubt=doubtful.total(),
        rounds=rounds,
    )


def _is_settled(one: Scene) -> bool:
    statuses = one.column(OURS["status"]) if OURS["data"] in one.book.rows("Process")[0] else []
    prompts = one.column("Prompt")
    return len(prompts) == len(statuses) and all(s.startswith("in doubt") for s in statuses)


def print_table(verdicts: list[Verdict]) -> str:
    """Return what a number of troubles did, in a line."""
    return (
        f"{len(verdicts)} times, {sum(v.struck for v in verdicts)} of them struck: "
        f"{sum(v.lost for v in verdicts)} lost, "
        f"{sum(v.second_sends for v in verdicts)} sent twice, "
        f"{sum(v.second_generations for v in verdicts)} generated twice, "
        f"{sum(v.in_doubt for v in verdicts)} in doubt, "
        f"settled in {max(v.rounds for v in verdicts)} rounds at the most"
    )
