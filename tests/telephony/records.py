"""The exchange's own records beside the journal: the same calls, each once, with the same times within a second.

CEL has a row for everything that happens to a channel, with parts of a second. For every way a call can go it says
which channels were one call (Linkedid), when the first of them began and the last ended, when a telephone was picked
up, and in which seconds who was in one bridge with whom. So all of the journal is compared with it.

CDR has a record for each pair of channels, in whole seconds, and knows no calls. What it can say for every call:

* by Linkedid, that the call was, when it began and ended, and whether anybody answered;
* of the channel a record is made for (party A: the client of an incoming call, the employee of one going out), from
  when to when it was up; a transfer cuts this into several records, which follow one another without a gap.

What it cannot say:

* how long people talked, once more than one pair had to do with it: the seconds a colleague's telephone rang for a
  transferred client, music in a queue or during a consultation, and the ringing of the client after click-to-call all
  count as answered, because party A is up. Only for a call without any of these the `billsec` of party A are the talk;
  for the others the talk is at most what party A was up;
* that a consultation and the client's call became one: its records keep the Linkedid of the consultation;
* who was a party: a supervisor's ear, a picked-up telephone, both halves of a Local channel have records as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from exchange_lab.lab import Ports
from svyaz.calls.engine import CallView
from svyaz.connectors.asterisk.cel import CelRow

SECOND = 1.0
BILLED = 1.1
"""`billsec` is cut to a whole second, which may be nearly one too few."""
BETWEEN = 1.5
"""So are both moments between which the channel was up: their difference may be nearly one off to either side."""


@dataclass(frozen=True)
class Cdr:
    """One call detail record. Moments in whole seconds since 1970; `answer` 0 when the channel never was up."""

    channel: str
    other: str
    start: int
    answer: int
    end: int
    billsec: int
    disposition: str
    linkedid: str

    @property
    def answered(self) -> bool:
        return self.disposition == "ANSWERED" and bool(self.other)


class Party(Protocol):
    """A leg, as the engine views it or as it stands in the database."""

    @property
    def channel(self) -> str: ...
    @property
    def is_employee(self) -> bool: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Told:
    """What the journal tells of one call, as far as the exchange has records of it."""

    id: str
    ids: frozenset[str]
    """Linkedids: its own and those of the calls that became part of it."""
    began_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    talking: float
    parties: Mapping[str, Party]
    """By Uniqueid of the channel."""
    caller: str
    """Uniqueid of the channel that called."""
    one_pair: bool
    """Nothing in it of what makes CDR count more than the talk: transfers, queues, click-to-call."""
    consultation: bool
    """By command and not joined: a call of its own here, a part of the client's call in the exchange's records."""

    @property
    def lent(self) -> str:
        """Of a consultation: the channel of who consults, a party of the client's call as well."""
        return self.caller if self.consultation else ""

    @property
    def outside(self) -> frozenset[str]:
        return frozenset(key for key, leg in self.parties.items() if not leg.is_employee)


def told(view: CallView, merged: Mapping[str, str]) -> Told:
    """`merged`: which call became part of which. Raises AssertionError for what no ended call may be."""
    assert view.began_at is not None
    assert view.ended_at is not None
    caller = view.caller_leg
    assert caller is not None
    keys = [leg.key for leg in view.legs if leg.key != caller.key]
    assert len(keys) == len(set(keys)), f"{view.id} has a leg twice: {keys}"
    queued = any(entry.kind == "queued" for entry in view.chronology)
    return Told(
        view.id,
        frozenset({view.id} | {gone for gone in merged if _root(merged, gone) == view.id}),
        view.began_at,
        view.answered_at,
        view.ended_at,
        view.talking,
        {leg.key: leg for leg in (*view.legs, caller)},
        caller.key,
        not view.transfers and not queued and not caller.rung,
        # Named after the first channel there was for it alone, which is that of who was asked.
        not caller.rung and view.id != caller.key and view.id in keys,
    )


def _root(merged: Mapping[str, str], call: str) -> str:
    while call in merged:
        call = merged[call]
    return call


def is_complete(rows: Iterable[CelRow], calls: int) -> bool:
    """Whether at least so many Linkedids are in CEL, and everything that began in it has ended."""
    types: dict[str, set[str]] = {}
    begun: set[str] = set()
    for row in rows:
        types.setdefault(row.type, set()).add(row.linkedid if row.type == "LINKEDID_END" else row.uniqueid)
        if row.type == "CHAN_START" and row.uniqueid == row.linkedid:
            begun.add(row.linkedid)
    over = types.get("LINKEDID_END", set())
    started, gone = types.get("CHAN_START", set()), types.get("CHAN_END", set())
    return len(over) >= calls and begun <= over and started <= gone


def agree_with_cel(calls: Iterable[Told], rows: list[CelRow], *, supervised: int) -> None:
    """Raises AssertionError with what differs. `supervised`: Linkedids that are a supervisor's ear and no call."""
    calls = list(calls)
    groups = {row.uniqueid: row.linkedid for row in rows if row.type == "CHAN_START"}
    known = {identity for call in calls for identity in call.ids}
    # The exchange has no Linkedid for a consultation by command: it is one call to it. Its id is a channel's.
    assert known <= set(groups.values()) | set(groups), (known, groups)
    assert len(set(groups.values()) - known) == supervised, (known, groups)
    _none_twice(calls)
    # Parties of consultations, which the exchange has in the client's call.
    asked = {key for call in calls if call.consultation for key in call.parties}
    for call in calls:
        if call.consultation:
            channels = set(call.parties) - {call.lent}
        else:
            channels = {key for key, group in groups.items() if group in call.ids} - asked
        _agrees_with_cel(call, channels, [row for row in rows if row.uniqueid in groups])


def _none_twice(calls: list[Told]) -> None:
    ids = [identity for call in calls for identity in call.ids]
    assert len(ids) == len(set(ids)), f"a call is in the journal twice: {ids}"
    # Only who consults is in two calls at once.
    keys = [key for call in calls for key in call.parties if key != call.lent]
    assert len(keys) == len(set(keys)), f"a channel is a party of two calls: {keys}"


def _agrees_with_cel(call: Told, channels: set[str], rows: list[CelRow]) -> None:
    began = min(row.at for row in rows if row.type == "CHAN_START" and row.uniqueid in channels)
    ended = max(row.at for row in rows if row.type == "CHAN_END" and row.uniqueid in channels)
    assert abs((call.began_at - began).total_seconds()) < SECOND, (call.id, call.began_at, began)
    assert abs((call.ended_at - ended).total_seconds()) < SECOND, (call.id, call.ended_at, ended)
    if call.consultation or not call.outside:
        people = set(call.parties) | ({key for key in channels if _is_local(rows, key)})
        seconds = bridged_seconds(rows, people, people)
    else:
        seconds = bridged_seconds(rows, set(call.outside), {row.uniqueid for row in rows})
    assert abs(call.talking - seconds) < SECOND, (call.id, call.talking, seconds)
    if call.answered_at is not None:
        up = [row.at for row in rows if row.type == "ANSWER" and row.uniqueid in set(call.parties) - {call.caller}]
        nearest = min(abs((call.answered_at - at).total_seconds()) for at in up)
        assert nearest < SECOND, (call.id, call.answered_at, up)


def _is_local(rows: list[CelRow], key: str) -> bool:
    return any(row.uniqueid == key and row.channel.startswith("Local/") for row in rows)


def bridged_seconds(rows: Iterable[CelRow], some: set[str], others: set[str]) -> float:
    """Seconds in which any of `some` was in one bridge with another channel, of `others`."""
    inside: dict[str, set[str]] = {}
    began: datetime | None = None
    total = 0.0
    for row in sorted(rows, key=lambda each: (each.at, each.serial)):
        bridge = str(row.extra.get("bridge_id", ""))
        if row.type == "BRIDGE_ENTER":
            inside.setdefault(bridge, set()).add(row.uniqueid)
        elif row.type == "BRIDGE_EXIT":
            inside.get(bridge, set()).discard(row.uniqueid)
        else:
            continue
        talking = any(members & some and len(members & (some | others)) > 1 for members in inside.values())
        if talking and began is None:
            began = row.at
        elif not talking and began is not None:
            total += (row.at - began).total_seconds()
            began = None
    return total


def read_cdrs(ports: Ports, linkedids: Iterable[str]) -> list[Cdr]:
    """All records of these Linkedids, in the order written."""
    wanted = sorted(linkedids)
    marks = ",".join("?" * len(wanted))
    columns = "channel, dstchannel, start, answer, end_at, billsec, disposition, linkedid"
    with closing(sqlite3.connect(f"file:{ports.cdr}?mode=ro", uri=True)) as connection:
        found = connection.execute(f"select {columns} from cdr where linkedid in ({marks}) order by rowid", wanted)
        return [
            Cdr(str(a), str(b), int(start), int(answer or 0), int(end), int(bill), str(how), str(group))
            for a, b, start, answer, end, bill, how, group in found
        ]


def agree_with_cdr(calls: Iterable[Told], records: list[Cdr]) -> None:
    """Raises AssertionError with what differs. A consultation by command is not compared: CDR has it in the client's
    call, and its records there are parts of that one's time."""
    calls = list(calls)
    asked = {leg.channel for call in calls if call.consultation for leg in call.parties.values()}
    for call in calls:
        if not call.consultation:
            ours = [each for each in records if each.linkedid in call.ids]
            mine = [each for each in ours if not {each.channel, each.other or each.channel} <= asked]
            assert mine, f"{call.id} has no CDR"
            _agrees_with_cdr(call, mine)


def _agrees_with_cdr(call: Told, records: list[Cdr]) -> None:
    own = [each for each in records if each.linkedid == call.id]
    assert _near(call.began_at, min(each.start for each in own)), (call.id, call.began_at, own)
    assert _near(call.ended_at, max(each.end for each in records)), (call.id, call.ended_at, records)
    # A call that nobody answered may have a party A that is up: a queue, or the own telephone of click-to-call.
    assert call.answered_at is None or any(each.answered for each in records), (call.id, records)
    for leg in call.parties.values():
        theirs = [each for each in records if each.answer and leg.channel in (each.channel, each.other)]
        first = min(theirs, key=lambda each: each.start, default=None)
        # A channel that was dialled and later is party A of a record: that record does not tell when it went up.
        if first is not None and first.channel == leg.channel:
            _was_up(call, leg, first.answer, max(each.end for each in theirs))
    caller = call.parties[call.caller].channel
    billed = sum(each.billsec for each in records if each.channel == caller and each.answered)
    if call.one_pair:
        assert abs(billed - call.talking) <= BILLED, (call.id, billed, call.talking, records)
    elif call.talking:
        up = max(each.end for each in records) - min(each.answer for each in records if each.answer)
        assert call.talking <= up + BETWEEN, (call.id, call.talking, records)


def _was_up(call: Told, leg: Party, answered: int, ended: int) -> None:
    assert leg.answered_at is not None, (call.id, leg)
    assert leg.ended_at is not None, (call.id, leg)
    assert _near(leg.answered_at, answered), (call.id, leg, answered)
    up = (leg.ended_at - leg.answered_at).total_seconds()
    assert abs(ended - answered - up) <= BETWEEN, (call.id, leg, answered, ended)


def _near(moment: datetime, seconds: int) -> bool:
    """Within a second of the whole one that the record names."""
    return seconds - SECOND < moment.timestamp() < seconds + 1 + SECOND
