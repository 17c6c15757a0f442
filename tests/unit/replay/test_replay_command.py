"""`svyaz replay`: every shape of log, and garbage."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from svyaz.calls.engine import Directory
from svyaz.project.replay import call_json, journal, read_log
from svyaz.protocols.ami import Message

TRACES = Path(__file__).parents[2] / "traces"
DIRECTORY = Directory(lambda endpoint: endpoint in {"101", "102", "103"})
LOG = TRACES / "a4_ringgroup.log"
EXPECTED = json.loads((TRACES / "a4_ringgroup.expected.json").read_text())


def replay(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    program = "import sys; from svyaz.project.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, "replay", *arguments], input=given, capture_output=True, timeout=60, check=False
    )


def calls(*arguments: str, given: bytes = b"") -> list[dict[str, Any]]:
    done = replay(*arguments, given=given)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def messages() -> list[Message]:
    with LOG.open("rb") as stream:
        return [message for message, _ in read_log(stream)]


def events() -> list[dict[str, Any]]:
    return [{**dict(message.pairs), "content": ""} for message in messages() if message.is_event]


def test_raw_text_from_a_file_and_from_standard_input() -> None:
    assert calls(str(LOG), "--employee", "10[12]") == EXPECTED
    assert calls("-", "--employee", "101", "--employee", "102", given=LOG.read_bytes()) == EXPECTED


def test_nobody_named_employees_are_short_numbers() -> None:
    assert calls(str(LOG)) == EXPECTED


def test_employees_are_matched_whole() -> None:
    (call,) = calls(str(LOG), "--employee", "10")
    assert call["answered_by"] == ["102"]  # by its number, as an outside party
    assert {leg["endpoint"] for leg in call["legs"]} == {"101", "102"}
    (known,) = calls(str(LOG), "--employee", "trunk")
    assert known["direction"] == "outgoing"


def test_the_employees_decide_who_is_outside() -> None:
    (call,) = calls(str(TRACES / "a7_internal.log"), "--employee", "101")
    assert call["direction"] == "incoming"


def test_without_comments_and_with_lf_and_with_actions() -> None:
    text = re.sub(rb"(?m)^#.*\n", b"", LOG.read_bytes()).replace(b"\r\n", b"\n")
    text = b"Action: Login\nUsername: hub\n\n" + text
    assert calls("-", given=text) == EXPECTED


def test_a_log_that_begins_in_the_middle_of_a_message() -> None:
    text = LOG.read_bytes().partition(b"Username")[2]
    text = b"Privilege: call,all\r\nUniqueid: 1.1\r\n\r\n" + text[text.index(b"Event:") :]
    assert calls("-", given=text) == EXPECTED


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_array(indent: int | None) -> None:
    assert calls("-", given=json.dumps(events(), indent=indent).encode()) == EXPECTED


def test_json_lines_whatever_the_case_of_the_keys() -> None:
    lines = [json.dumps({key.lower(): value for key, value in event.items()}) for event in events()]
    assert calls("-", given="\n".join(lines).encode()) == EXPECTED


def test_json_with_the_event_inside_and_the_time_outside() -> None:
    lines = []
    for event in events():
        stamp = event.pop("Timestamp", None)
        lines.append(json.dumps({"received_at": stamp, "host": "pbx", "message": event}))
    assert calls("-", given="\n".join(lines).encode()) == EXPECTED
    named = [{"event": event["Event"], "data": {**event, "Event": None}} for event in events()]
    assert calls("-", given=json.dumps({"events": named}).encode()) == EXPECTED


def test_json_without_times_has_the_same_calls_with_null_for_them() -> None:
    without = [
        {key: value for key, value in event.items() if key not in ("Timestamp", "EventTV")} for event in events()
    ]
    (call,) = calls("-", given=json.dumps(without).encode())
    assert (call["began_at"], call["answered_at"], call["ended_at"]) == (None, None, None)
    for key in ("id", "direction", "from", "to", "line", "status", "answered_by", "transfers"):
        assert call[key] == EXPECTED[0][key]
    assert [leg["outcome"] for leg in call["legs"]] == ["elsewhere", "answered"]
    assert all(entry["at"] is None for entry in call["chronology"])


def test_every_recorded_log_gives_the_same_journal_without_times() -> None:
    for log in sorted(TRACES.glob("*.log")):
        text = re.sub(rb"(?m)^(Timestamp|EventTV): .*\n", b"", log.read_bytes())
        expected = json.loads(log.with_suffix(".expected.json").read_text())
        found = [call_json(view) for view in journal(read_log(io.BytesIO(text)), DIRECTORY)]
        for key in ("id", "direction", "from", "to", "line", "status", "answered_by"):
            assert [call[key] for call in found] == [call[key] for call in expected], log.name
        for call, known in zip(found, expected, strict=True):
            assert [leg["outcome"] for leg in call["legs"]] == [leg["outcome"] for leg in known["legs"]], log.name
            assert [each["outcome"] for each in call["transfers"]] == [each["outcome"] for each in known["transfers"]]


def test_cyrillic_is_printed_as_it_is() -> None:
    text = LOG.read_text().replace("CallerIDName: Client", "CallerIDName: Клиент «Ромашка»")
    done = replay("-", given=text.encode())
    assert "Клиент «Ромашка»" in done.stdout.decode()


def test_nothing_in_nothing_out() -> None:
    assert calls("-", given=b"") == []
    assert calls("-", given=b"# only said what would be done\n") == []
    assert calls("-", given=b"[]") == []


@pytest.mark.parametrize(
    ("garbage", "where"),
    [
        (b"hello world\n", "line 1"),
        (b"Event: Newchannel\r\nUniqueid: 1\r\n\r\nsome words\r\n\r\n", "line 4"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "byte 8"),
        (b"Event: X\r\n\r\n" + b"\0" * 20, "byte 12"),
        (b'[{"Event": "Newchannel"}, {"Event": ]', "line 1, column 37"),
        (b'{"Event": "Newchannel"}\n{"Event": "Hang', "line 2"),
        (b'{"Event": "Newchannel"}\n\n{"colour": "red"}\n', "line 3"),
        (b"[1, 2]", "item 1"),
        (b'{"Event": "\xff"}', "byte 11"),
        (b"from,to,duration\n101,102,5\n", "line 1"),
        (b"name: value\n", "line 1"),
        (b"[" * 100_000, "line 1"),
    ],
)
def test_garbage_is_refused_with_its_place(garbage: bytes, where: str) -> None:
    done = replay("-", given=garbage)
    assert done.returncode == 2
    assert where in done.stderr.decode()
    assert len(done.stderr.decode().splitlines()) == 1


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.log", tmp_path):
        done = replay(str(path))
        assert done.returncode == 2
        assert str(path) in done.stderr.decode()


def test_it_needs_no_django() -> None:
    program = (
        "import sys\n"
        "from svyaz.project import cli\n"
        "code = cli.main(['replay', sys.argv[1]])\n"
        "assert not any(name.partition('.')[0] == 'django' for name in sys.modules), 'django was imported'\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(LOG)], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
