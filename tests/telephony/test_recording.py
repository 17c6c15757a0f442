"""Recording by our own command on the operator's leg: two files of one length, each with its own speaker."""

from __future__ import annotations

from pathlib import Path

from exchange_lab.sounds import level_at
from svyaz.connectors.asterisk.snapshot import snapshot
from tests.telephony.firm import BOOKS
from tests.telephony.journal import Journal, leg
from tests.telephony.phones import Phone, read_sound

CLIENT = "79161234567"
CLIENT_TONE = 1200
HEARD, NOT_HEARD = -30.0, -55.0
"""dB of a full-scale sine: a tone that is there, and one that is not."""


async def test_both_sides_are_recorded_and_heard(journal: Journal, phones: dict[str, Phone]) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS, f"tone:{CLIENT_TONE}", talks_for=3)
    operator = await phones["105"].incoming()
    await operator.answer()
    live = await journal.talking("105", "city")
    # Started at the answer itself, one side is sometimes silent throughout.
    await journal.elapsed(0.3)
    recording = await journal.commands.start_recording(leg(live, "105").channel, "test-call")
    assert recording
    view = await journal.one()
    own = phones["105"].frequency
    folder = Path(journal.lab.ports.recordings)
    said, heard = await read_sound(folder / "test-call-in.wav"), await read_sound(folder / "test-call-out.wav")
    assert len(said) == len(heard)
    assert abs(len(said) / 8000 - (view.talking - 0.3)) < 0.5
    assert level_at(said, own) > HEARD
    assert level_at(said, CLIENT_TONE) < NOT_HEARD
    assert level_at(heard, CLIENT_TONE) > HEARD
    assert level_at(heard, own) < NOT_HEARD
    # And the two people themselves heard one another.
    assert level_at(await operator.sound(), CLIENT_TONE) > HEARD
    assert level_at(await read_sound(journal.lab.city.heard(call)), own) > HEARD


async def test_recording_can_be_stopped(journal: Journal, phones: dict[str, Phone]) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS, f"tone:{CLIENT_TONE}")
    operator = await phones["105"].incoming()
    await operator.answer()
    channel = leg(await journal.talking("105", "city"), "105").channel
    recording = await journal.commands.start_recording(channel, "stopped-call")
    await journal.until(
        lambda: any(each.name == "MixMonitorStart" for each in journal.messages), "the recording to begin"
    )
    await journal.commands.stop_recording(channel, recording)
    await journal.until(lambda: any(each.name == "MixMonitorStop" for each in journal.messages), "the recording to end")
    assert len((await snapshot(journal.session)).channels) == 2
    journal.lab.city.hang_up(call)
    await journal.one()
