"""What came of it: counted from the queue, its audit and the journal of the stand-ins."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promptpress.model import PostState
from tests.fleet.chaos import Blow
from tests.fleet.fleet import LEASE, SCHEDULE, Fleet
from tests.fleet.watching import ENDS, Taken


@dataclass(frozen=True)
class Recovery:
    """How long it took until others had what a blow left."""

    blow: Blow
    seconds: float
    """From the blow until the last of its posts was in other hands."""
    waited: float
    """Of these, how long the run that took it had been due before a worker was free for it."""
    start: float
    """And how long it needed, once a worker had it, until it claimed."""
    away: float
    """And how long a server was away meanwhile."""

    @property
    def limit(self) -> float:
        """A lease and one schedule, with what such a run takes on this machine."""
        return LEASE + SCHEDULE + self.waited + self.start + self.away


@dataclass(frozen=True)
class Account:
    """What the queue and the services' journal say in the end."""

    states: Mapping[int, str]
    """By the posts' numbers."""
    made: Sequence[int]
    """The posts whose pictures were paid for, a post for each payment."""
    sent: Sequence[int]
    """The posts that the channel took, a post for each time."""


def read_account(fleet: Fleet) -> Account:
    """Read it."""
    rows = fleet.watch.rows("SELECT id, prompt, state FROM posts")
    ids = {row[1]: row[0] for row in rows}
    return Account(
        states={row[0]: row[2] for row in rows},
        made=[ids[prompt] for prompt in fleet.journal.accepted("generate")],
        sent=[ids[prompt] for prompt in fleet.journal.accepted("send")],
    )


def _others(fleet: Fleet, blow: Blow) -> list[Taken]:
    """Return what shows that a blow is over: for each post of a dead run, its next claim."""
    if blow.target != "a worker":
        action = "claim" if blow.target == "the Prefect server" else ""
        return [fleet.watch.first_event(blow.at, action)]
    owners = {one.id: one.owner for one in blow.in_hand}
    first: dict[int, Taken] = {}
    for claim in fleet.watch.claims(list(owners), blow.at):
        if claim.run != owners[claim.post_id]:
            first.setdefault(claim.post_id, claim)
    assert set(first) == set(owners), f"never claimed again: {set(owners) - set(first)}"
    return list(first.values())


def away(blows: Sequence[Blow], since: datetime, until: datetime) -> float:
    """Return for how many seconds of a time a server was away."""
    outages = ((one.at - timedelta(seconds=one.outage), one.at) for one in blows)
    overlaps = ((min(end, until) - max(begin, since)).total_seconds() for begin, end in outages)
    return sum(max(seconds, 0.0) for seconds in overlaps)


def _recovery(fleet: Fleet, blow: Blow, blows: Sequence[Blow], taken: Taken) -> Recovery:
    # An owner is the name of a run and a few characters more; the cron's is not known here.
    run = fleet.server.taken(taken.run.rpartition("-")[0])
    waited = start = 0.0
    if run is not None and max(run) > blow.at:
        due, began = max(run[0], blow.at), max(run)  # a worker takes a run before it is due
        waited = (began - due).total_seconds()
        at_work = fleet.watch.first_claim(taken.run) or taken.at
        start = (at_work - began).total_seconds()
    seconds = (taken.at - blow.at).total_seconds()
    return Recovery(blow, seconds, waited, start, away(blows, blow.at, taken.at))


def measure(fleet: Fleet, blows: Sequence[Blow]) -> list[Recovery]:
    """Return the recovery of each blow: of the post that went furthest beyond its limit."""
    found = []
    for blow in blows:
        last = {one.run: one for one in sorted(_others(fleet, blow), key=lambda one: one.at)}
        each = [_recovery(fleet, blow, blows, one) for one in last.values()]
        found.append(max(each, key=lambda one: one.seconds - one.limit))
    return found


def is_long_cut(blow: Blow) -> bool:
    """Tell whether the queue was away for longer than leases live: as good as a kill of all."""
    return blow.target == "the database" and blow.outage > LEASE / 2


def find_faults(account: Account, blows: Sequence[Blow]) -> list[str]:
    """Return every promise that was not kept, a sentence each."""
    met = [one for blow in blows if blow.target == "a worker" for one in blow.in_hand]
    # Only a machine that is very slow takes so long to restart a database.
    cut = [one for blow in blows if is_long_cut(blow) for one in blow.in_hand]
    generating = Counter(one.id for one in (*met, *cut) if one.is_generating or one in cut)
    sending = {one.id for one in met if one.is_sending} | {one.id for one in cut}
    sends, made = Counter(account.sent), Counter(account.made)
    faults = [f"post {post} was sent {times} times" for post, times in sends.items() if times > 1]
    for post, state in account.states.items():
        if made[post] > 1 + generating[post]:
            faults.append(f"post {post} was paid for {made[post]} times")
        if state not in ENDS:
            faults.append(f"post {post} is {state}, and nobody works any more")
        if state == PostState.PUBLISHED and not sends[post]:
            faults.append(f"post {post} is called published, and was not sent")
        if state == PostState.IN_DOUBT and post not in sending:
            faults.append(f"post {post} is in doubt, and no kill met its send")
        # Asked for twice and killed twice: a person looks at the bill before a third time.
        if state == PostState.FAILED and generating[post] < 2:
            faults.append(f"post {post} was set aside")
    return faults


def print_table(fleet: Fleet, recoveries: Sequence[Recovery], seconds: float) -> str:
    """Return a Markdown table: a row per blow, and a last one of the whole."""
    rows = [
        "| killed or restarted | posts settled by then | in hand | of them being made "
        "| being sent | recovered after | limit | waited for a free worker | start of the run |",
        "| --- | --: | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for one in recoveries:
        hands = one.blow.in_hand
        counts = (
            one.blow.settled, len(hands), sum(hand.is_generating for hand in hands),
            sum(hand.is_sending for hand in hands),
        )  # fmt: skip
        cells = " | ".join(map(str, counts))
        away = f", {one.blow.outage:.0f} s away" if one.blow.outage else ""
        times = " | ".join(
            f"{seconds:.0f} s" for seconds in (one.seconds, one.limit, one.waited, one.start)
        )
        rows.append(f"| {one.blow.target}{away} | {cells} | {times} |")
    states = fleet.watch.states()
    made, sends = fleet.journal.accepted("generate"), fleet.journal.accepted("send")
    ends = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    rows.append(
        f"\n{ends}; {len(made) - len(set(made))} pictures paid for twice, "
        f"{len(sends) - len(set(sends))} posts sent twice; "
        f"the first post in hand after {fleet.begun:.0f} s; {seconds:.0f} s in all"
    )
    return "\n".join(rows)
