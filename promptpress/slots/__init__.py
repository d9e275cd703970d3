"""Each channel's own hours: in which slots it may send, and what becomes of a missed one. Pure.

A slot is a window ("mon-fri 08:30-09:30") or a point ("08:30") of the channel's wall clock and
lets one post go, whichever is first in line. On each of its days it has one moment: a point's is
its time, a window's is drawn inside it from a hash of channel, date and times, so that every
worker, now and after a restart, finds the same. `what_is_due` is asked as often as one likes.

| now is …                                           | "skip"    | "next"    | "late N"  |
| -------------------------------------------------- | --------- | --------- | --------- |
| before the moment                                  | wait      | wait      | wait      |
| on time: less than `grace` after the moment, or    | due       | due       | due       |
| still inside the window                            |           |           |           |
| late: less than N minutes after the moment, and    | missed, * | missed    | due       |
| before the next slot's moment                      |           |           |           |
| later                                              | missed, * | missed    | missed    |

Missed: posts wait for the next slot. * `missed_slots` names the slots that "skip" loses; the post
that was first in line then is not sent at all. An outage is never followed by a burst: what is
late gives way to the next slot, and no slot lets two posts go. Who looks once a day only writes
a point before that hour, and "late 1440".

Over all of it stand the least distance and the cap of a local day. A slot that they hold up is
open until its time is over, and then lost; that is not called missed. Who is always open (no
slots) has these two only.

A slot is used by the send that names it (`Sent.slot`), in flight and in doubt too. A send that
nobody wrote a slot to uses the latest slot open and unused at its hour, and at most that one; a
minute before the moment counts already, because clocks differ. (Of two slots open together it may
be taken for the other's; how many are left is right.) A post that a person sends, or that has an
own time, should be written down as for no slot (""): it keeps distance and cap only.
Two who decide by the same history decide alike; so the slot's key is made unique per channel
before the send, and a send in flight is part of the history.

| a post's own time (`decide_own`)                  | "skip"    | "next"    | "late N"  |
| ------------------------------------------------- | --------- | --------- | --------- |
| before it                                         | wait      | wait      | wait      |
| less than `grace` after it, or after the distance | due       | due       | due       |
| to an earlier post that held it up                |           |           |           |
| less than N minutes after it                      | missed    | next slot | due       |
| later                                             | missed    | next slot | next slot |

"Next slot" is at once where a channel is always open. A day that is full puts it off to the next
day's begin, and by that hour it is judged.

Wall times become instants as late as possible. A time that clocks put forward leave out is the
first instant after the gap (as cron has it: no two times change their order, and a window keeps
what is left of it); a time that comes twice counts when it first comes; a day that a zone leaves
out (Samoa, the 30th of December 2011) has no slots. A window over midnight belongs to the day on
which it begins, the cap to the day on which a post is sent.
"""

from promptpress.slots._decide import (
    GRACE,
    Due,
    Missed,
    Sent,
    Wait,
    decide_own,
    missed_slots,
    what_is_due,
)
from promptpress.slots._moments import Moment, next_moments
from promptpress.slots._timetable import Hours, Rule, Slot, parse_rule, parse_slot, read_hours
from promptpress.slots._zones import own_instant

__all__ = [
    "GRACE",
    "Due",
    "Hours",
    "Missed",
    "Moment",
    "Rule",
    "Sent",
    "Slot",
    "Wait",
    "decide_own",
    "missed_slots",
    "next_moments",
    "own_instant",
    "parse_rule",
    "parse_slot",
    "read_hours",
    "what_is_due",
]
