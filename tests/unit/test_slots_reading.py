"""Timetables as people write them."""

import pickle
from datetime import timedelta

import pytest
from hypothesis import given

from promptpress.errors import SetupError
from promptpress.slots import Hours, Rule, Slot, parse_rule, parse_slot, read_hours
from tests.unit import hours as a

WEEK = frozenset(range(7))
WORKDAYS = frozenset(range(5))


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        pytest.param("08:30", Slot(510), id="point"),
        pytest.param("8:30", Slot(510), id="short-hour"),
        pytest.param("00:00", Slot(0), id="midnight"),
        pytest.param("08:30-09:30", Slot(510, 60), id="window"),
        pytest.param(" 08:30 - 09:30 ", Slot(510, 60), id="blanks"),
        pytest.param("08:30–09:30", Slot(510, 60), id="dash-of-a-phone"),
        pytest.param("23:30-00:30", Slot(1410, 60), id="over-midnight"),
        pytest.param("22:00-24:00", Slot(1320, 120), id="until-midnight"),
        pytest.param("22:00-00:00", Slot(1320, 120), id="until-midnight-as-zero"),
        pytest.param("00:00-23:59", Slot(0, 1439), id="all-day"),
        pytest.param("mon-fri 08:30-09:30", Slot(510, 60, WORKDAYS), id="days"),
        pytest.param("Sat,Sun 11:00", Slot(660, 0, frozenset({5, 6})), id="list-of-days"),
        pytest.param("sat, sun 11:00", Slot(660, 0, frozenset({5, 6})), id="list-with-blanks"),
        pytest.param("fri-mon 11:00", Slot(660, 0, frozenset({4, 5, 6, 0})), id="over-sunday"),
        pytest.param("mon-mon 11:00", Slot(660, 0, frozenset({0})), id="a-day-to-itself"),
        pytest.param("mon,wed-fri 11:00", Slot(660, 0, frozenset({0, 2, 3, 4})), id="both"),
        pytest.param("Monday - Sunday 11:00", Slot(660), id="whole-names"),
        pytest.param("tues,thurs 11:00", Slot(660, 0, frozenset({1, 3})), id="longer-names"),
    ],
)
def test_a_slot_is_read(text: str, slot: Slot) -> None:
    """A slot is a window or a point, on all days or on those named."""
    assert slot == parse_slot(text)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "is no time of the day"),
        ("noon", "is no time of the day"),
        ("8.30", "is no time of the day"),
        ("8:30am", "is no time of the day"),
        ("08:30 09:30", "is no time of the day"),
        ("08:30-09:30-10:30", "is no time of the day"),
        ("08:30, 09:30", "is no time of the day"),
        ("08:30 mon-fri", "is no time of the day"),
        ("٠٨:٣٠", "is no time of the day"),
        ("24:00", "has a time that no day has, 24:00"),
        ("08:60", "has a time that no day has, 08:60"),
        ("08:30-25:00", "has a time that no day has, 25:00"),
        ("08:30-08:30", "ends when it begins"),
        ("00:00-24:00", "ends when it begins"),
        ("mo 08:30", "names the day 'mo', which is none of mon tue wed thu fri sat sun"),
        ("montag 08:30", "names the day 'montag', which is none of mon tue wed thu fri sat sun"),
        ("mon, 08:30", "names the day '', which is none of mon tue wed thu fri sat sun"),
        ("-08:30", "names the day '', which is none of mon tue wed thu fri sat sun"),
        ("mon-wed-fri 08:30", "has days that cannot be read, 'mon-wed-fri'"),
    ],
)
def test_a_slot_that_cannot_be_read_says_why_and_how_it_is_written(text: str, wrong: str) -> None:
    """The sentence names the text, what is wrong with it, and examples."""
    with pytest.raises(SetupError) as caught:
        parse_slot(text)

    example = "write it like 08:30, 08:30-09:30 or mon-fri 08:30-09:30"
    assert f"the slot {text!r} {wrong}: {example}" == str(caught.value)


def test_a_long_text_is_no_long_message() -> None:
    """Of a text that is no slot the message shows the beginning only."""
    with pytest.raises(SetupError) as caught:
        parse_slot("x" * 100_000)

    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("8:30 - 9:30", "08:30-09:30"),
        ("MON-FRI 8:30", "mon-fri 08:30"),
        ("sun,sat 11:00", "sat,sun 11:00"),
        ("fri,wed,thu,mon 11:00", "mon,wed-fri 11:00"),
        ("22:00-24:00", "22:00-00:00"),
    ],
)
def test_a_slot_is_shown_in_one_way(text: str, shown: str) -> None:
    """However it was written, a slot is shown alike."""
    assert shown == str(parse_slot(text))


@given(a.slots)
def test_what_is_shown_can_be_read_again(slot: Slot) -> None:
    """The text of a slot reads as that slot."""
    assert slot == parse_slot(str(slot))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("skip", Rule("skip")),
        ("next", Rule("next")),
        (" NEXT ", Rule("next")),
        ("late 60", Rule("late", 60)),
        ("late 10080", Rule("late", 10_080)),
    ],
)
def test_a_rule_is_read(text: str, rule: Rule) -> None:
    """A rule for missed slots is skip, next, or late with minutes; and shows so again."""
    assert (rule, rule) == (parse_rule(text), parse_rule(str(rule)))


@pytest.mark.parametrize("text", ["", "late", "late 0", "late -5", "late 10081", "later 5", "60"])
def test_a_rule_that_cannot_be_read_says_which_there_are(text: str) -> None:
    """The sentence names the three rules and their limit."""
    with pytest.raises(SetupError, match=r"write skip, next, or late and up to 10080 minutes"):
        parse_rule(text)


@pytest.mark.parametrize(
    ("zone", "advice"),
    [
        ("berlin", "did you mean Europe/Berlin?"),
        ("europe/berlin", "did you mean Europe/Berlin?"),
        ("New York", "did you mean America/New_York?"),
        ("Asia/Kolkatta", "did you mean Asia/Kolkata"),
        ("Europe/Kyjiw", "did you mean Europe/Ky"),
        ("UTC+2", "write one like Europe/Berlin"),
        ("PST", "write one like Europe/Berlin"),
        ("", "write one like Europe/Berlin"),
        ("Europe", "write one like Europe/Berlin"),
        ("../../etc/passwd", "write one like Europe/Berlin"),
        ("/etc/passwd", "write one like Europe/Berlin"),
        ("a\0b", "write one like Europe/Berlin"),
        ("\ud800", "write one like Europe/Berlin"),
        ("x" * 5000, "write one like Europe/Berlin"),
    ],
)
def test_an_unknown_zone_names_those_that_are_near(zone: str, advice: str) -> None:
    """What is no zone says so, with the names that may be meant; never Etc/GMT+2 for UTC+2."""
    with pytest.raises(SetupError) as caught:
        Hours(zone=zone)

    assert str(caught.value).startswith(f"there is no time zone {zone[:60]!r}: {advice}")


def test_all_that_is_wrong_is_said_at_once() -> None:
    """A timetable with several mistakes names each of them."""
    with pytest.raises(SetupError) as caught:
        read_hours(
            slots=["8.30", "09:00", "x"], zone="berlin", distance=-1, per_day=0, missed="never"
        )

    wrong = ("'8.30'", "'x'", "'never'", "'berlin'", "is -1 minutes", "0 posts a day")
    assert [part for part in wrong if part not in str(caught.value)] == []
    assert "'09:00'" not in str(caught.value)


def test_a_timetable_is_read() -> None:
    """Texts and numbers become the timetable; slots may also be one text with semicolons."""
    said = {"zone": "Europe/Berlin", "missed": "late 60"}
    hours = read_hours(slots=["mon-fri 08:30-09:30", "11:00"], distance=30, per_day=2, **said)

    slots = (Slot(510, 60, WORKDAYS), Slot(660, 0, WEEK))
    late = Rule("late", 60)
    assert Hours(slots=slots, zone="Europe/Berlin", distance=30, per_day=2, missed=late) == hours
    assert slots == read_hours(slots="mon-fri 08:30-09:30; 11:00;").slots


def test_nothing_said_is_always_open() -> None:
    """Without any word a channel has no slots, no distance and no cap, in UTC."""
    assert (
        Hours(slots=(), zone="UTC", distance=0, per_day=None, missed=Rule("next")) == read_hours()
    )


def test_a_timetable_goes_from_process_to_process() -> None:
    """It pickles, also after it was used: Prefect hands it to tasks."""
    hours = read_hours(slots=["08:30"], zone="Europe/Berlin")
    assert hours.tz.key == "Europe/Berlin"

    assert hours == pickle.loads(pickle.dumps(hours))


def test_it_says_how_far_back_it_must_know() -> None:
    """The history goes back over the rule's lateness, the day of the cap and the distance."""
    hours = read_hours(slots=["08:30-09:30"], distance=600, missed="late 2880")

    assert hours.look_back >= timedelta(days=2) + timedelta(days=1) + timedelta(minutes=600)
