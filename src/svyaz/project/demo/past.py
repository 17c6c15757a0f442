"""What the telephone did in the last days: calls written into the journal the way real ones are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from svyaz.calls.engine.states import Direction, LegState, Outcome, Status
from svyaz.calls.engine.views import CallView, Entry, LegView, Party, Span
from svyaz.calls.models import Call
from svyaz.calls.services.directory import FirmDirectory
from svyaz.calls.services.exchanges import the_exchange
from svyaz.calls.services.record import Batch, record
from svyaz.crm.models import PhoneNumber
from svyaz.kit import clock
from svyaz.realtime.models import Event
from svyaz.staff.models import Employee

SEED = 20261125
CALLS = 400
DAYS = 9
TRUNK = "city"
_ZONE = ZoneInfo("Europe/Moscow")
# line as the exchange has it, who is rung, how often it is called
_LINES = [
    ("74951230001", ("101", "102", "103"), 5),
    ("78005550100", ("101", "102", "103"), 2),
    ("74951230002", ("104", "106"), 3),
    ("74951230003", ("105",), 1),
]


@dataclass(frozen=True)
class _Phone:
    """One side of a call: an employee's extension, or an outside number."""

    number: str
    name: str | None = None
    inside: bool = False

    @property
    def endpoint(self) -> str:
        return self.number if self.inside else TRUNK


def make_past(employees: dict[str, Employee]) -> None:
    """Some 400 calls of the last days. Missed ones of earlier days have been looked at, today's have not."""
    exchange, directory = the_exchange(), FirmDirectory()
    known_events = set(Event.objects.values_list("id", flat=True))
    people = {each.extension: each.name for each in employees.values() if each.extension}
    views = list(_Days(people, clock.now()).views())
    for begin in range(0, len(views), 50):
        record(exchange.id, Batch(views[begin : begin + 50]), directory, at=clock.now())
    # Nobody was there to be told.
    Event.objects.exclude(id__in=known_events).delete()
    today = clock.now().astimezone(_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    Call.objects.filter(began_at__lt=today - timedelta(days=1)).update(missed_seen=True)


class _Days:
    """Workdays of the firm, one call after another."""

    def __init__(self, people: dict[str, str], now: datetime) -> None:
        self.chance = random.Random(SEED)  # noqa: S311 - the same every time on purpose
        self.people = people
        self.now = now
        outside = PhoneNumber.objects.exclude(e164="").order_by("id").values_list("e164", flat=True)
        self.clients = list(dict.fromkeys(outside))
        # People call those they already know far more often than others.
        self.regulars = self.clients[:5] + self.chance.sample(self.clients, 40)

    def views(self) -> Iterator[CallView]:
        """Ended calls in the order of their beginning."""
        for index, moment in enumerate(self._moments()):
            kind = self.chance.random()
            key = f"demo-{index:04}"
            if kind < 0.58:
                yield self._incoming(key, moment)
            elif kind < 0.88:
                yield self._outgoing(key, moment)
            else:
                yield self._internal(key, moment)

    def _moments(self) -> list[datetime]:
        local = self.now.astimezone(_ZONE)
        moments: list[datetime] = []
        while len(moments) < CALLS:
            day = (local - timedelta(days=self.chance.randrange(0, DAYS))).date()
            if day.weekday() >= 5 and self.chance.random() < 0.85:
                continue
            hour = self.chance.choice((9, 10, 10, 11, 11, 12, 13, 14, 14, 15, 15, 16, 17, 18))
            minute, second = self.chance.randrange(60), self.chance.randrange(60)
            moment = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=_ZONE)
            # Not later than now: what would be is put as far before midnight of the day before's end as it is after.
            if moment > local - timedelta(minutes=20):
                moment -= timedelta(days=DAYS)
            moments.append(moment.astimezone(self.now.tzinfo))
        return sorted(moments)

    def _outside(self) -> _Phone:
        chance = self.chance.random()
        if chance < 0.5:
            return _Phone(self.chance.choice(self.regulars))
        if chance < 0.85:
            return _Phone(self.chance.choice(self.clients))
        code = self.chance.choice(("495", "812", "916", "903", "343", "861"))
        return _Phone(f"+7{code}555{self.chance.randrange(10_000):04}")

    def _colleague(self, extension: str) -> _Phone:
        return _Phone(extension, self.people.get(extension), inside=True)

    def _incoming(self, key: str, at: datetime) -> CallView:
        line, extensions, _ = self.chance.choices(_LINES, weights=[weight for *_, weight in _LINES])[0]
        rung = [self._colleague(extension) for extension in extensions]
        caller = self._outside()
        wait = timedelta(seconds=self.chance.randrange(3, 25))
        if self.chance.random() < 0.8:
            answerer = self.chance.choice(rung)
            return self._view(key, Direction.INCOMING, caller, rung, at, line=line, by=answerer, wait=wait)
        wait = timedelta(seconds=self.chance.randrange(8, 45))
        return self._view(key, Direction.INCOMING, caller, rung, at, line=line, by=None, wait=wait, end=Status.MISSED)

    def _outgoing(self, key: str, at: datetime) -> CallView:
        caller = self._colleague(self.chance.choice(("101", "101", "102", "102", "103", "104", "106")))
        callee = self._outside()
        wait = timedelta(seconds=self.chance.randrange(4, 22))
        end = self.chance.choices(
            (Status.ANSWERED, Status.MISSED, Status.BUSY, Status.CANCELLED), weights=(72, 14, 6, 8)
        )[0]
        by = callee if end is Status.ANSWERED else None
        return self._view(key, Direction.OUTGOING, caller, [callee], at, line=None, by=by, wait=wait, end=end)

    def _internal(self, key: str, at: datetime) -> CallView:
        one, other = self.chance.sample(sorted(self.people), 2)
        caller, callee = self._colleague(one), self._colleague(other)
        by = callee if self.chance.random() < 0.85 else None
        wait = timedelta(seconds=self.chance.randrange(2, 15))
        return self._view(key, Direction.INTERNAL, caller, [callee], at, line=None, by=by, wait=wait, end=Status.MISSED)

    def _view(
        self, key: str, direction: Direction, caller: _Phone, rung: list[_Phone], at: datetime,
        *, line: str | None, by: _Phone | None, wait: timedelta, end: Status = Status.MISSED,
    ) -> CallView:  # fmt: skip
        answered = at + wait if by else None
        talk = timedelta(seconds=int(self.chance.lognormvariate(4.6, 0.9)) + 8)
        ended = answered + min(talk, timedelta(minutes=25)) if answered else at + wait
        rang = at + timedelta(seconds=1)
        legs = []
        for index, phone in enumerate(rung):
            took = phone is by
            outcome = _outcome(took, by is not None, end)
            until = ended if took else at + wait
            legs.append(_leg(f"{key}.{index + 2}", phone, rang, answered if took else None, until, outcome))
        own_end = Outcome.ANSWERED if by else Outcome.CANCELLED
        caller_leg = _leg(f"{key}.1", caller, at, answered, ended, own_end, rung=False)
        entries = [Entry(at, "began", _who(caller)), *(Entry(rang, "rang", _who(phone)) for phone in rung)]
        if answered and by:
            entries.append(Entry(answered, "answered", _who(by)))
        entries.append(Entry(ended, "ended", {}))
        callee = by or (rung[0] if len(rung) == 1 else None)
        return CallView(
            id=key,
            direction=direction,
            caller=_party(caller),
            callee=_party(callee) if callee else Party(line, None, None),
            line=line,
            state="ended",
            status=Status.ANSWERED if by else end,
            began_at=at,
            answered_at=answered,
            ended_at=ended,
            answered_by=((by.number if not by.inside else by.endpoint),) if by else (),
            caller_leg=caller_leg,
            legs=tuple(legs),
            transfers=(),
            spans=(Span(answered, ended),) if answered else (),
            supervisors=(),
            chronology=tuple(entries),
            seen_from_middle=False,
            consultation_of=None,
        )


def _outcome(is_answerer: bool, anybody: bool, end: Status) -> Outcome:
    if is_answerer:
        return Outcome.ANSWERED
    if anybody:
        return Outcome.ELSEWHERE
    return {Status.BUSY: Outcome.BUSY, Status.CANCELLED: Outcome.CANCELLED}.get(end, Outcome.NO_ANSWER)


def _who(phone: _Phone) -> dict[str, str | None]:
    return {"endpoint": phone.endpoint, "number": phone.number}


def _party(phone: _Phone) -> Party:
    return Party(phone.number, phone.endpoint, phone.name)


def _leg(
    key: str, phone: _Phone, began: datetime, answered: datetime | None, ended: datetime, outcome: Outcome,
    *, rung: bool = True,
) -> LegView:  # fmt: skip
    return LegView(
        key=key,
        channel=f"PJSIP/{phone.endpoint}-{key}",
        endpoint=phone.endpoint,
        is_employee=phone.inside,
        number=phone.number,
        name=phone.name,
        rung=rung,
        state=LegState.ENDED,
        outcome=outcome,
        began_at=began,
        rang_at=began,
        answered_at=answered,
        ended_at=ended,
        held=False,
        bridged=False,
    )
