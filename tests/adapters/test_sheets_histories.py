"""A Google Sheet as queue: whatever people, kills and lost answers do, every prompt goes out once.

A worker is killed by taking its tokens away: from then on it can do nothing to the sheet any more.
"""

from collections import Counter
from contextlib import suppress
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from promptpress.adapters.google.sheets.headings import OURS
from promptpress.errors import PromptpressError
from promptpress.model import CLAIMABLE
from tests.adapters.sheeting import Office, until_settled
from tests.fakes.google import Google
from tests.fakes.sheets import Person, Sheets

PROMPTS = [f"prompt {letter}" for letter in "abcdef"] + ["prompt a"]
"""Two of them alike: they are two posts."""


class Story:
    """One sheet and all that happens to it."""

    def __init__(self, google: Google, sheets: Sheets, seed: int) -> None:
        self.dice = Random(seed)
        rows = [["Prompt", "Caption"], *([prompt] for prompt in PROMPTS)]
        self.office = Office(google, sheets, rows)
        self.person = Person(self.office.book, self.dice)
        self.calls = 0
        self.kill_at = 0
        self.lose_at = 0
        """Number of the call that is cut off before its effect; below 0: after it."""
        self.acts = 0.0
        sheets.before = self._before
        sheets.after = self._after

    def _before(self, call: str) -> None:
        self.calls += 1
        if self.kill_at and self.calls == self.kill_at:
            self._kill()
        if self.dice.random() < self.acts and "Promptpress data" in str(
            self.office.book.rows("Process")[:1]
        ):
            self.person.act()
        if self.lose_at and self.calls == self.lose_at:
            raise ConnectionError

    def _after(self, call: str) -> None:
        if self.kill_at and self.calls == -self.kill_at:
            self._kill()
        if self.lose_at and self.calls == -self.lose_at:
            raise ConnectionError

    def _kill(self) -> None:
        self.office.google.accounts.refuses = ("invalid_grant", "killed")
        self.office.google.accounts.tokens.clear()
        self.kill_at = 0

    def revive(self) -> None:
        """Let new processes be."""
        self.office.google.accounts.refuses = None
        self.kill_at = 0

    def run(self) -> None:
        """Let one worker do what it can until it is done or dead."""
        worker = self.office.worker()
        with suppress(PromptpressError):
            worker.work_off()
        self.revive()


def _check(story: Story) -> None:
    """Check that every prompt is accounted for once, wherever it stands."""
    office = story.office
    ordered = Counter([*PROMPTS, *story.person.typed])
    assert not Counter(office.channel.sent) - ordered, "something was sent twice"
    over = Counter(office.column("Prompt", "Done"))
    waiting = Counter(office.process())
    assert over + waiting == ordered, story.person.done
    statuses = office.column(OURS["status"])
    assert all(status.startswith("in doubt") for status in statuses), statuses
    doubtful = sum(waiting.values())
    assert sum(office.channel.sent.count(p) for p in set(office.channel.sent)) + doubtful >= len(
        over
    )


SEEDS = st.integers(0, 2**32)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_a_person_who_edits_between_all_calls_never_costs_a_prompt(seed: int) -> None:
    """Rows are typed, inserted, moved, sorted and edited before every call: each goes out once."""
    with Google() as google, Sheets(authorize=google.accepts) as sheets:
        story = Story(google, sheets, seed)
        story.acts = 0.7
        story.run()
        story.acts = 0.0
        until_settled(story.office.worker, story.office)

        _check(story)
        assert story.office.process() == []
        assert len(story.office.channel.generated) == len(PROMPTS) + len(story.person.typed)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, kill_at=st.integers(2, 60), after=st.booleans())
def test_a_worker_killed_at_any_call_costs_no_prompt(seed: int, kill_at: int, after: bool) -> None:
    """The next worker goes on; in doubt is at most the one post that was being sent."""
    with Google() as google, Sheets(authorize=google.accepts) as sheets:
        story = Story(google, sheets, seed)
        story.acts = 0.3
        story.kill_at = -kill_at if after else kill_at
        story.run()
        story.acts = 0.0
        until_settled(story.office.worker, story.office)

        _check(story)
        assert len(story.office.process()) <= 1
        extra = len(story.office.channel.generated) - len(PROMPTS) - len(story.person.typed)
        assert extra <= 1


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, lost=st.integers(1, 40), when=st.sampled_from(["before", "after"]))
def test_a_lost_answer_is_settled_by_looking(seed: int, lost: int, when: str) -> None:
    """An answer lost before or after the effect changes nothing: no doubt, nothing twice."""
    with Google() as google, Sheets(authorize=google.accepts) as sheets:
        story = Story(google, sheets, seed)
        story.acts = 0.3
        story.lose_at = lost if when == "before" else -lost
        story.run()
        story.acts = 0.0
        until_settled(story.office.worker, story.office)

        _check(story)
        assert story.office.process() == []
        assert len(story.office.channel.generated) == len(PROMPTS) + len(story.person.typed)
        keys = [row[7] for row in story.office.book.rows("Audit")[1:]]
        assert len(keys) == len(set(keys))


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_two_workers_at_once_share_the_rows(seed: int) -> None:
    """Two processes claim from one sheet, their calls in any order: no row is both's."""
    with Google() as google, Sheets(authorize=google.accepts) as sheets:
        story = Story(google, sheets, seed)
        workers = [story.office.worker() for _ in range(2)]
        claimed: list[str] = []
        while any(worker.queue.has_work(CLAIMABLE) for worker in workers):
            for worker in story.dice.sample(workers, 2):
                claimed += [p.prompt for p in worker.queue.claim(2, f"w{id(worker)}", CLAIMABLE)]

        assert sorted(claimed) == sorted(PROMPTS)
