"""Transfers: told by the exchange, by our own commands, or to be seen from how channels move.

What an exchange does not tell (a redirect by command) shows in the dial plan: a channel that is in another place when
it leaves a bridge than when it entered, or when its dialling is cancelled than when it began, was sent there by
somebody. If it dials then, that is a blind transfer; if it is an employee's while the other party is left waiting, it
is a consultation. A dial plan that goes on by itself moves a channel only after the dialling has ended.

A consultation is a call of its own until it is joined with the one it is about.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from . import events as ev
from .changes import TransferEnded, TransferStarted
from .core import Core
from .events import Seen
from .model import Call, Channel, Leg, Transfer, dialable
from .states import LegState, TransferOutcome

_MOVED_BY_ITSELF = {"h", "i", "t", "T", "failed"}


class Transfers:
    def __init__(self, core: Core) -> None:
        self._core = core

    # Seen from how channels move

    def left_bridge(self, channel: Channel, seen: Seen) -> None:
        """Before the channel is taken out of its bridge: was it sent away?"""
        place = (seen.context, seen.exten)
        if not channel.is_party or not seen.context or place == channel.bridge_place or channel.leg is None:
            return
        if not seen.exten or seen.exten in _MOVED_BY_ITSELF:
            return
        others = [each for each in self._core.net.parties(channel) if each is not channel]
        self._moved(channel, seen.exten, [each.leg for each in others if each.leg is not None])

    def dial_cancelled(self, dialler: Channel) -> None:
        """The dialling of this channel was cancelled: by the dial plan's end, or because it was sent elsewhere?"""
        if not dialler.is_party or dialler.moved or dialler.call is None or not dialler.exten:
            return
        if dialler.place == dialler.dial_place or dialler.exten in _MOVED_BY_ITSELF:
            return
        ringing = [
            each.leg
            for each in dialler.call.live.values()
            if each.leg is not None
            and each.leg.rung
            and each.leg.state in (LegState.DIALLED, LegState.RINGING)
            and self._core.net.origin(each)[0] is dialler
        ]
        self._moved(dialler, dialler.exten, ringing)

    def _moved(self, channel: Channel, to: str, others: list[Leg]) -> None:
        employees = [leg for leg in others if leg.employee]
        channel.moved = True
        channel.moved_at = self._core.now
        channel.moved_to = to
        channel.moved_from = employees[0].shown if len(employees) == 1 else ""

    def call_for_dial(self, dialler: Channel, target: Channel) -> Call | None:
        """To which call a channel belongs that this party dials: its own, or a consultation that begins with it."""
        core = self._core
        call = dialler.call
        if call is None or dialler.leg is None:
            return None
        moved, dialler.moved = dialler.moved, False
        if dialler.consults is not None and not dialler.consults.over:
            return dialler.consults
        if any(each.transferee == dialler.key for each in call.pending("blind")):
            return call
        waiting = self._waiting(call, dialler)
        own = next((each for each in call.pending("consult") if each.consultation is None), None)
        if dialler.leg.employee and call.answered and waiting is not None:
            sent_away = waiting.moved or waiting.leg is None or not waiting.leg.employee
            if own is not None or sent_away:
                return self._consult(call, dialler, target, waiting, target.rung_number, own)
        if moved:
            self._infer_blind(call, dialler, target)
        elif core.directory.is_employee(target.endpoint):
            dialler.moved_from = dialler.moved_to = ""
        return call

    def _waiting(self, call: Call, dialler: Channel) -> Channel | None:
        """The party of the call that was talked with and is left alone now, if any."""
        hears = set(map(id, self._core.net.connected(dialler)))
        for each in call.live.values():
            if each is not dialler and each.leg is not None and each.leg.talked and id(each) not in hears:
                return each
        return None

    def _infer_blind(self, call: Call, dialler: Channel, target: Channel) -> None:
        by = dialler.moved_from
        to = dialler.moved_to
        if by and self._core.directory.same_person(by, target.endpoint):
            return  # put back to the same employee (a telephone that was reloaded): nobody handed anything over
        if not dialable(to):
            to = target.rung_number or target.endpoint
        self._start(call, Transfer("blind", by, to, dialler.moved_at, dialler.key))

    def _consult(
        self, call: Call, by: Channel | None, first: Channel, waiting: Channel | None, number: str, own: Transfer | None
    ) -> Call:
        core = self._core
        consultation = core.new_call(first.key, "", first.began_at)
        consultation.parent = call
        consultation.dialled = number
        transfer = own or Transfer("consult", "", number, first.began_at, waiting.key if waiting else "")
        transfer.consultation = consultation
        if by is not None:
            self._lend(consultation, by, first.began_at)
            if by.leg is not None:
                transfer.by = by.leg.shown
        if own is None:
            self._start(call, transfer)
        return consultation

    def _lend(self, consultation: Call, by: Channel, now: datetime | None) -> None:
        """The employee's channel stays a party of its call and is the caller of the consultation too."""
        leg = by.leg
        if leg is None:
            return
        by.consults = consultation
        consultation.consultant = by
        consultation.caller = replace(
            leg,
            rung=False,
            state=LegState.TALKING,
            outcome=None,
            began_at=now,
            rang_at=None,
            answered_at=now,
            bridged=False,
            talked=False,
            began_n=self._core.n,
            answered_n=self._core.n,
        )

    def consult_by_feature(self, call: Call, pipe: Channel) -> Call:
        """An answered call in which the exchange dials through a pair that nobody dialled: an employee consults by the
        exchange's own transfer feature (keys, or the command that presses them)."""
        core = self._core
        second = core.net.other_half(pipe)
        number = second.exten if second is not None and dialable(second.exten) else pipe.first_exten
        by = self._who_consults(call, pipe, second)
        waiting = self._waiting(call, by) if by is not None else None
        if waiting is None:
            waiting = next(
                (
                    each
                    for each in call.live.values()
                    if each.leg is not None and each.leg.talked and each is not by and not each.leg.employee
                ),
                None,
            )
        return self._consult(call, by, pipe, waiting, number, None)

    def _who_consults(self, call: Call, pipe: Channel, second: Channel | None) -> Channel | None:
        employees = [each for each in call.live.values() if each.leg is not None and each.leg.employee]
        for each in employees:
            if pipe.bridge and each.bridge == pipe.bridge:
                return each
        for each in employees:
            if second is not None and second.number and each.number == second.number:
                return each
        return employees[0] if len(employees) == 1 else None

    def met(self, call: Call, talking: list[Channel]) -> None:
        """Parties of a call have been connected: has a transfer under way come to its end?"""
        directory = self._core.directory
        for transfer in call.pending():
            if not any(each.key == transfer.transferee for each in talking):
                continue
            others = [each.leg for each in talking if each.key != transfer.transferee and each.leg is not None]
            if any(directory.same_person(leg.endpoint, transfer.by) or leg.shown == transfer.by for leg in others):
                self._end(call, transfer, TransferOutcome.RETURNED)
            elif others and (transfer.kind == "blind" or transfer.consultation is None):
                self._end(call, transfer, TransferOutcome.COMPLETED)
            elif others and transfer.consultation is not None and transfer.consultation.over:
                # Somebody else has taken the call over, once the one who was asked would not.
                asked = any(self._is_called(leg, transfer.to) for leg in others)
                self._end(call, transfer, TransferOutcome.COMPLETED if asked else TransferOutcome.FAILED)

    def _is_called(self, leg: Leg, to: str) -> bool:
        return to in (leg.shown, leg.number) or self._core.directory.same_person(leg.endpoint, to)

    def joined(self, into: Call, gone: Call) -> None:
        """Two calls are about to become one: the consultation has led to a transfer."""
        target = next((leg for leg in gone.legs if leg.live), None)
        transfer = next((each for each in into.transfers if each.consultation is gone), None)
        if transfer is None:
            transfer = self._separate_consultation(into, gone)
        if transfer is None:
            return
        if not transfer.by and gone.caller is not None:
            transfer.by = gone.caller.shown
        if target is not None:
            transfer.to = target.shown
        transfer.outcome = None
        if any(each.leg is target and each.up_at is not None for each in gone.live.values()):
            self._end(into, transfer, TransferOutcome.COMPLETED)

    def _separate_consultation(self, into: Call, gone: Call) -> Transfer | None:
        """The employee consulted in a call made by hand (a second line of the telephone)."""
        caller = gone.caller
        if caller is None or not caller.employee or not gone.legs:
            return None
        directory = self._core.directory
        legs = [leg for leg in [into.caller, *into.legs] if leg is not None and leg.employee]
        by = next((leg for leg in legs if directory.same_person(leg.endpoint, caller.endpoint)), None)
        if by is None:
            return None
        waiting = next((key for key, each in into.live.items() if each.leg is not by), "")
        transfer = Transfer("consult", by.shown, gone.legs[-1].shown, gone.began_at, waiting)
        self._start(into, transfer)
        return transfer

    def consultant_gone(self, consultation: Call) -> None:
        """The employee who consulted hung up, and nobody was joined."""
        parent = consultation.parent
        if parent is None or parent.over:
            return
        for transfer in parent.transfers:
            if transfer.consultation is consultation and transfer.outcome is None:
                self._end(parent, transfer, TransferOutcome.FAILED)

    # Told

    def blind(self, event: ev.BlindTransferred) -> None:
        core = self._core
        by = core.see(event.transferer)
        channel = core.see(event.transferee)
        if by is not None and (channel is None or not channel.is_party):
            # Of a pair that was left in the way the exchange names the near half: the party is behind the other.
            channel = next((each for each in core.net.parties(by) if each is not by), None)
        if not event.succeeded or channel is None or channel.call is None:
            return
        call = channel.call
        if any(each.transferee == channel.key for each in call.pending("blind")):
            return
        if core.now is not None and any(each.at == core.now for each in call.transfers):
            return  # told twice
        name = by.leg.shown if by is not None and by.leg is not None else event.transferer.endpoint
        channel.moved = False
        self._start(call, Transfer("blind", name, event.to, core.now, channel.key))

    def consult(self, event: ev.ConsultTransferred) -> None:
        """The consultation has been joined by the exchange; mostly we have seen it by the bridges already."""
        core = self._core
        first, second = core.see(event.first), core.see(event.second)
        transferee, target = core.see(event.transferee), core.see(event.target)
        if not event.succeeded:
            return
        into = next((each.call for each in (transferee, first) if each is not None and each.call is not None), None)
        if into is None:
            return
        gone: Call | None = None
        for each in (target, second, first):
            if each is None:
                continue
            for call in (each.call, each.consults):
                if call is not None and call is not into and not call.over:
                    gone = gone or call
        if gone is not None:
            if gone.parent is None and gone.order < into.order:
                into, gone = gone, into
            self.joined(into, gone)
            core.merge(into, gone)
            self.met(into, core.refresh(into))

    def own(self, event: ev.OwnTransfer) -> None:
        core = self._core
        channel = core.net.channels.get(event.transferee)
        by = core.net.channels.get(event.by)
        if channel is None or channel.call is None:
            return
        call = channel.call
        for old in call.pending(event.kind):
            if old.transferee == channel.key and old.consultation is None:
                self._end(call, old, TransferOutcome.FAILED)
        channel.moved = False
        name = by.leg.shown if by is not None and by.leg is not None else ""
        self._start(call, Transfer(event.kind, name, event.to, core.now, channel.key))

    # What both come to

    def _start(self, call: Call, transfer: Transfer) -> None:
        for old in call.pending("blind"):
            if old.transferee == transfer.transferee:
                self._end(call, old, TransferOutcome.FAILED)
        call.transfers.append(transfer)
        call.note(
            transfer.at, "transfer_started", transfer=transfer.kind, by=transfer.by or None, to=transfer.to or None
        )
        self._core.emit(TransferStarted(call.id, transfer.at, transfer.view()))

    def _end(self, call: Call, transfer: Transfer, outcome: TransferOutcome) -> None:
        transfer.outcome = outcome
        transfer.ended_at = self._core.now
        call.note(
            self._core.now,
            "transfer_ended",
            transfer=transfer.kind,
            by=transfer.by or None,
            to=transfer.to or None,
            outcome=outcome.value,
        )
        self._core.emit(TransferEnded(call.id, self._core.now, transfer.view()))
