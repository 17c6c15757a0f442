"""A supervisor's channel is neither a party nor a call, whatever it does."""

from __future__ import annotations

import pytest

from svyaz.calls.engine import events as ev
from tests.telephony.journal import Journal, leg, new_id, outcomes
from tests.telephony.scenes import LASTS, Phones, client_talks


@pytest.mark.parametrize("mode", ["listen", "whisper", "barge"])
async def test_supervisor_is_not_a_party(journal: Journal, phones: Phones, mode: str) -> None:
    call, _, live = await client_talks(journal, phones)
    identity = new_id()
    journal.tell(ev.OwnSupervision(identity))
    await journal.commands.supervise(
        "104", leg(live, "105").channel, call_id=identity, whisper=mode == "whisper", barge=mode == "barge"
    )
    supervisor = await phones["104"].incoming()
    await supervisor.answered()
    await journal.call(lambda each: len(each.supervisors) == 1)
    await supervisor.hears(LASTS)
    await supervisor.hang_up()
    await journal.call(lambda each: len(each.supervisors) == 0)
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert view.answered_by == ("105",)
    assert outcomes(view) == {"105": "answered"}
    await journal.agrees(calls=1, supervised=1)


async def test_supervisor_leaves_with_the_call(journal: Journal, phones: Phones) -> None:
    call, _, live = await client_talks(journal, phones)
    identity = new_id()
    journal.tell(ev.OwnSupervision(identity))
    await journal.commands.supervise("104", leg(live, "105").channel, call_id=identity)
    supervisor = await phones["104"].incoming()
    await journal.call(lambda each: len(each.supervisors) == 1)
    journal.lab.city.hang_up(call)
    await supervisor.ended()
    view = await journal.one()
    assert outcomes(view) == {"105": "answered"}
    assert [entry.kind for entry in view.chronology if "supervisor" in entry.kind] == [
        "supervisor_joined",
        "supervisor_left",
    ]
    await journal.agrees(calls=1, supervised=1)
