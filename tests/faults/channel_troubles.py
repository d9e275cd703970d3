"""publish-due to Instagram and the site, with pictures at Cloudinary and S3, struck at any call."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from flows.publish_due import publish_due
from promptpress.model import Order, Post, PostState, PublicationState
from promptpress.settings import Settings
from promptpress.wiring import Services, use_services
from tests.fakes.cloudinary import Cloudinary
from tests.fakes.instagram import Instagram
from tests.fakes.s3 import BUCKET, REGION, S3
from tests.fakes.server import Journal, StandIn
from tests.faults.trouble import Trouble, When
from tests.flows.conftest import run

ORDERS = (("a fox", "photo"), ("a lake", "carousel"), ("an owl", "story"))
ROUNDS = 6
SECRET = "canary-of-the-secret-key"


@dataclass
class Scene:
    """Posts without media whose time has come, and everything around them."""

    services: tuple[StandIn, ...]
    instagram: Instagram
    journal: Journal
    settings: dict[str, str]
    environment: dict[str, str]
    project: Path

    def make(self) -> Services:
        """Return the services as a new process has them."""
        values = {name.lower(): value for name, value in self.settings.items()}
        return Services(Settings(_env_file=None, **values))  # type: ignore[arg-type]  # pydantic reads them from text

    def order(self) -> None:
        """Queue the posts."""
        with use_services(self.make()) as made:
            made.queue.add(
                [
                    Order(prompt=prompt, kind=kind, num_images=2 if kind == "carousel" else 1,
                          channels=("site", "instagram") if kind == "photo" else ("instagram",),
                          local_time="2026-01-05 08:30")
                    for prompt, kind in ORDERS
                ],
                "test",
            )  # fmt: skip

    def run_here(self) -> None:
        """Run publish-due in this process, as a new one would."""
        with use_services(self.make()):
            run(publish_due)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start publish-due as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "flows.publish_due"],
            cwd=self.project,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def end_leases(self) -> None:
        """Let all leases and rests be over, as if much time had passed."""
        engine = create_engine(f"sqlite:///{self.settings['DATA_DIR']}/promptpress.db")
        past = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S.000000")
        with engine.begin() as connection:
            ended = "UPDATE posts SET lease_until = :past WHERE lease_until IS NOT NULL"
            connection.execute(text(ended), {"past": past})
            connection.execute(text("UPDATE publications SET rests_until = NULL"))
        engine.dispose()

    def posts(self) -> list[Post]:
        """Return the posts as they stand."""
        with use_services(self.make()) as made:
            return made.queue.find(limit=50)


@contextmanager
def scene(folder: Path, project: Path, prefect_url: str) -> Iterator[Scene]:
    """Set a scene in a folder of its own."""
    journal = Journal()
    with ExitStack() as stack:
        instagram = stack.enter_context(Instagram(journal=journal))
        cloudinary = stack.enter_context(Cloudinary(journal))
        s3 = stack.enter_context(S3(journal))
        settings = {
            **instagram.environment(),
            **cloudinary.environment(),
            "S3_BUCKET": BUCKET,
            "S3_REGION": REGION,
            "S3_ENDPOINT_URL": s3.url,
            "S3_ACCESS_KEY_ID": "AKIACANARYCANARYCANA",
            "S3_SECRET_ACCESS_KEY": SECRET,
            "DATA_DIR": str(folder / "data"),
            "GENERATORS": "sketch",
            "STORES": "s3,cloudinary",
            "CHANNELS": "instagram,site",
            "LINKS_MAY_BE_PRIVATE": "true",
            "INSTAGRAM_SETTLE_SECONDS": "0.2",
            "DEFAULT_IMAGE_WIDTH": "320",
            "DEFAULT_IMAGE_HEIGHT": "320",
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
        services = (instagram, cloudinary, s3)
        made = Scene(services, instagram, journal, settings, environment, project)
        made.order()
        yield made


@dataclass(frozen=True)
class Verdict:
    """What came of it."""

    struck: bool
    lost: int
    second_posts: int
    second_tries: int
    """Publishes of a container that was out already."""
    in_doubt: int
    rounds: int


def kill(one: Scene, at: int, when: When) -> Verdict:
    """Kill publish-due as one of the services gets its n-th call, then let it settle."""
    process: list[subprocess.Popen[bytes]] = []

    def strike() -> None:
        process[0].kill()
        process[0].wait(30)

    trouble = Trouble(at, when, strike)
    for service in one.services:
        trouble.listen(service)
    process.append(one.start())
    process[0].wait(120)
    return settle(one, struck=trouble.struck)


def lose(one: Scene, at: int, when: When) -> Verdict:
    """Cut off the n-th call, before or after its effect, then let it settle."""
    trouble = Trouble(at, when, lambda: None)
    for service in one.services:
        trouble.listen(service)
    one.run_here()
    return settle(one, struck=trouble.struck)


def count_calls(one: Scene) -> int:
    """Run publish-due whole; return how many calls a trouble may strike."""
    trouble = Trouble(0, "before", lambda: None)
    for service in one.services:
        trouble.listen(service)
    one.run_here()
    return trouble.calls


def settle(one: Scene, *, struck: bool) -> Verdict:
    """Let new runs come until nothing is left to do; count what came of it."""
    for service in one.services:
        service.before = service.after = lambda call: None
    rounds = 0
    over = (PostState.PUBLISHED, PostState.IN_DOUBT)
    while rounds < ROUNDS and any(post.state not in over for post in one.posts()):
        rounds += 1
        one.end_leases()
        one.run_here()
    told = [p for post in one.posts() for p in post.publications]
    sent = sum(p.state is PublicationState.SENT for p in told)
    doubtful = sum(p.state is PublicationState.IN_DOUBT for p in told)
    return Verdict(
        struck=struck,
        lost=1 + len(ORDERS) - sent - doubtful,
        second_posts=max(0, len(one.instagram.posts) - len(ORDERS)),
        second_tries=len(one.journal.accepted("double")),
        in_doubt=doubtful,
        rounds=rounds,
    )


def print_table(verdicts: list[Verdict]) -> str:
    """Return what a number of troubles did, in a line."""
    return (
        f"{len(verdicts)} times, {sum(v.struck for v in verdicts)} of them struck: "
        f"{sum(v.lost for v in verdicts)} lost, "
        f"{sum(v.second_posts for v in verdicts)} shown twice, "
        f"{sum(v.second_tries for v in verdicts)} published again in vain, "
        f"{sum(v.in_doubt for v in verdicts)} in doubt, "
        f"settled in {max(v.rounds for v in verdicts)} rounds at the most"
    )
