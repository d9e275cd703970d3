"""tasks.turns: how many posts are with a generator at once, and how many begin in a minute."""

from tasks.policy import LOOK_AGAIN
from tasks.turns import Line


class Seconds:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_no_more_are_there_than_fit() -> None:
    """Whoever comes too many looks again; a place that is left is taken."""
    line = Line(2, None)

    assert [line.enter(), line.enter(), line.enter()] == [0, 0, LOOK_AGAIN]
    line.leave()
    assert line.enter() == 0
    assert line.enter() == LOOK_AGAIN


def test_without_a_limit_everybody_may_come() -> None:
    """The posts in hand are limit enough."""
    line = Line(None, None)

    assert [line.enter() for _ in range(100)] == [0] * 100


def test_no_more_begin_within_a_minute() -> None:
    """The next one waits until the first is a minute old, wherever a minute of the clock turns."""
    clock = Seconds()
    line = Line(100, 2, clock)
    assert line.enter() == 0
    clock.now += 50
    assert line.enter() == 0

    assert line.enter() == 10
    clock.now += 10
    assert line.enter() == 0
    assert line.enter() == 50


def test_leaving_does_not_make_the_minute_shorter() -> None:
    """Quick answers do not allow more calls."""
    line = Line(1, 1, Seconds())

    assert line.enter() == 0
    line.leave()
    assert line.enter() == 60
