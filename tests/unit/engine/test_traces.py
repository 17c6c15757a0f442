"""Recorded traffic of a real exchange: the journal is what a careful person reads out of it.

`READ` was written from the logs by hand. The `.expected.json` beside each log is the whole journal, checked by eye.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from svyaz.calls.engine import Directory
from svyaz.project.replay import call_json, journal, read_log

TRACES = Path(__file__).parents[2] / "traces"
DIRECTORY = Directory(lambda endpoint: re.fullmatch("101|102|103", endpoint) is not None)

Call = tuple[str, str | None, str | None, str | None, str, str, str]


def replay(log: Path) -> list[dict[str, Any]]:
    with log.open("rb") as stream:
        return [call_json(view) for view in journal(read_log(stream), DIRECTORY)]


def read(
    direction: str, status: str | None, who: str, line: str | None, legs: str, answered_by: str, transfers: str = ""
) -> Call:
    return direction, status, who, line, legs, answered_by, transfers


CLIENT = "+79161234567>"
# direction, status, from>to, line, legs (= answered, ? no answer, x rejected, c cancelled, e elsewhere, . still rings),
# answered by, transfers (kind by>to outcome)
READ: dict[str, list[Call]] = {
    "a_inbound_answer_hangup": [read("incoming", "answered", CLIENT + "101", "74950000005", "101=", "101")],
    "a2_inbound_noanswer_caller_gives_up": [read("incoming", "missed", CLIENT + "101", "74950000005", "101c", "")],
    "a3_inbound_busy": [read("incoming", "rejected", CLIENT + "101", "74950000005", "101x", "")],
    "a4_ringgroup": [read("incoming", "answered", CLIENT + "102", "74950000002", "101e 102=", "102")],
    "a5_queue": [read("incoming", "answered", CLIENT + "102", "74950000003", "101? 102=", "102")],
    "a6_local_legs": [read("incoming", "answered", CLIENT + "101", "74950000004", "102e 101=", "101")],
    "a7_internal": [read("internal", "answered", "102>101", None, "101=", "101")],
    "b_click2call": [read("outgoing", "answered", "101>74951234567", None, "101= trunk=", "74951234567")],
    "b2_click2call_operator_declines": [read("outgoing", "cancelled", "101>74951234567", None, "101?", "")],
    "c_blind_ringing_redirect": [
        read("incoming", "answered", CLIENT + "102", "74950000005", "101c 102=", "102", "blind 101>102 completed")
    ],
    "c2_blind_answered_BlindTransfer": [
        read("incoming", "answered", CLIENT + "101", "74950000005", "101= 102=", "101 102", "blind 101>102 completed")
    ],
    "d1_Atxfer_complete": [
        read("incoming", "answered", CLIENT + "101", "74950000005", "101= 102=", "101 102", "consult 101>102 completed")
    ],
    "d1b_Atxfer_cancel": [
        read("incoming", "answered", CLIENT + "101", "74950000005", "101=", "101", "consult 101>102 returned"),
        read("internal", "answered", "101>102", None, "102=", "102"),
    ],
    "d2_redirect_bridge_complete": [
        read("incoming", "answered", CLIENT + "101", "74950000005", "101= 102=", "101 102", "consult 101>102 completed")
    ],
    "d2b_redirect_bridge_cancel": [
        read("incoming", "answered", CLIENT + "101", "74950000005", "101=", "101", "consult 101>102 returned"),
        read("internal", "answered", "101>102", None, "102=", "102"),
    ],
    # The swap went wrong: with the colleague parked the operator's own leg ended, and nothing was joined.
    "d2c_redirect_swap": [
        read("incoming", "answered", CLIENT + "101", "74950000005", "101=", "101", "consult 101>102 failed"),
        read("internal", "answered", "101>102", None, "102=", "102"),
    ],
    "d4_sip_refer_blind": [
        read("incoming", "answered", CLIENT + "101", "74950000005", "101= 102=", "101 102", "blind 101>102 completed")
    ],
    "d5_sip_refer_attended": [
        read("incoming", "answered", CLIENT + "101", "74950000005", "101= 102=", "101 102", "consult 101>102 completed")
    ],
    "d6_hold_unhold": [read("incoming", "answered", CLIENT + "101", "74950000005", "101=", "101")],
    "e1_chanspy_dtmf_modes": [read("incoming", "answered", CLIENT + "101", "74950000005", "101=", "101")],
    "e2_chanspy_redirect_modes": [read("incoming", "answered", CLIENT + "101", "74950000005", "101=", "101")],
    "f1_mixmonitor_rt": [
        read("incoming", "answered", CLIENT + "101", "74950000001", "101= 102=", "101 102", "blind 101>102 completed")
    ],
    "f3_ami_mixmonitor": [read("incoming", "answered", CLIENT + "101", "74950000005", "101=", "101")],
    "f6_dp_atx": [
        read("incoming", "answered", CLIENT + "101", "74950000001", "101= 102=", "101 102", "consult 101>102 completed")
    ],
    "f6_dp_blind": [
        read("incoming", "answered", CLIENT + "101", "74950000001", "101= 102=", "101 102", "blind 101>102 completed")
    ],
    "g_recovery_snapshot": [
        read("incoming", "answered", CLIENT + "101", "74950000005", "101=", "101"),
        read("internal", None, "102>103", None, "103.", ""),
    ],
}
SIGNS = {"answered": "=", "no-answer": "?", "rejected": "x", "cancelled": "c", "elsewhere": "e", None: "."}
# Logs that were stopped before the call ended.
STILL_UP = {"c2", "d1", "d1b", "d2", "d2b", "d2c", "d4", "d5", "d6", "g"}


def as_read(call: dict[str, Any]) -> Call:
    return read(
        call["direction"],
        call["status"],
        f"{call['from']['number']}>{call['to']['number']}",
        call["line"],
        " ".join(leg["endpoint"] + SIGNS[leg["outcome"]] for leg in call["legs"]),
        " ".join(call["answered_by"]),
        " ".join(f"{each['kind']} {each['by']}>{each['to']} {each['outcome']}" for each in call["transfers"]),
    )


@pytest.mark.parametrize("name", sorted(READ))
def test_the_journal_is_what_a_careful_person_reads(name: str) -> None:
    calls = replay(TRACES / f"{name}.log")
    assert [as_read(call) for call in calls] == READ[name]
    assert (calls[0]["ended_at"] is None) == (name.split("_")[0] in STILL_UP)
    for call in calls:
        moments = [call[key] for key in ("began_at", "answered_at", "ended_at") if call[key]]
        assert moments == sorted(moments)


@pytest.mark.parametrize("name", sorted(READ))
def test_the_whole_journal_is_as_checked(name: str) -> None:
    expected = json.loads((TRACES / f"{name}.expected.json").read_text())
    assert replay(TRACES / f"{name}.log") == expected


def test_no_log_is_left_out() -> None:
    assert {log.stem for log in TRACES.glob("*.log")} == set(READ)


def test_supervisors_are_in_the_chronology_and_nowhere_else() -> None:
    (call,) = replay(TRACES / "e2_chanspy_redirect_modes.log")
    told = [(each["kind"], each.get("mode")) for each in call["chronology"] if "supervisor" in each["kind"]]
    assert told == [
        ("supervisor_joined", "listen"),
        ("supervisor_mode", "whisper"),
        ("supervisor_mode", "barge"),
        ("supervisor_mode", "listen"),
        ("supervisor_left", None),
    ]


def test_times_are_those_of_the_log() -> None:
    (call,) = replay(TRACES / "a_inbound_answer_hangup.log")
    assert (call["began_at"], call["answered_at"], call["ended_at"]) == (
        "2026-11-24T01:57:20.192Z",
        "2026-11-24T01:57:21.202Z",
        "2026-11-24T01:57:24.212Z",
    )
    (consulted, consultation) = replay(TRACES / "d2b_redirect_bridge_cancel.log")
    assert datetime.fromisoformat(consultation["began_at"]) > datetime.fromisoformat(consulted["answered_at"])
    held = replay(TRACES / "d6_hold_unhold.log")[0]["chronology"]
    assert [each["at"][17:23] for each in held if each["kind"] in ("held", "unheld")] == ["14.780", "16.290"]
