"""The comparison with the exchange's records itself: what is not as the exchange has it does not pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.telephony.journal import Journal
from tests.telephony.records import Told, agree_with_cdr, agree_with_cel, told
from tests.telephony.scenes import Phones, client_talks

LATER = timedelta(seconds=2.5)


async def test_a_journal_that_differs_from_the_records_is_noticed(journal: Journal, phones: Phones) -> None:
    call, _, _ = await client_talks(journal, phones)
    journal.lab.city.hang_up(call)
    right = told(await journal.one(), {})
    rows = await journal.agrees(calls=1)
    cdrs = await journal.cdrs([right], rows)
    assert right.answered_at is not None

    # Both notice what differs by more than a second, CDR by more than its own whole ones.
    both: list[list[Told]] = [
        [replace(right, began_at=right.began_at - LATER)],
        [replace(right, ended_at=right.ended_at + LATER)],
        [replace(right, talking=right.talking + 2.5)],
    ]
    for wrong in both:
        with pytest.raises(AssertionError):
            agree_with_cel(wrong, rows, supervised=0)
        with pytest.raises(AssertionError):
            agree_with_cdr(wrong, cdrs)
    # Only CEL knows calls and who was in them.
    for wrong in (
        [],
        [right, right],
        [right, replace(right, id="another", ids=frozenset({"another"}))],
        [replace(right, ids=frozenset({"another"}))],
        [replace(right, answered_at=right.answered_at + LATER)],
        [replace(right, talking=right.talking - 1.2)],
    ):
        with pytest.raises(AssertionError):
            agree_with_cel(wrong, rows, supervised=0)
    with pytest.raises(AssertionError):
        agree_with_cel([right], rows, supervised=1)
