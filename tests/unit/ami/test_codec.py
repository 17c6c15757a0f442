"""Bytes to messages and back, however the network cuts them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svyaz.protocols.ami import (
    Decoder,
    EventList,
    ForbiddenCharacterError,
    Kind,
    Message,
    ProtocolError,
    encode_action,
    says_empty,
)

TRACES = Path(__file__).parents[2] / "traces"
BANNER = b"Asterisk Call Manager/11.0.0\r\n"
EVENT = "Event: Newchannel\r\nCallerIDName: Пётр Ильич 🎻\r\nAccountCode: \r\nUniqueid: 1.2\r\n\r\n".encode()


def feed_in_pieces(data: bytes, size: int, *, log: bool = False) -> list[Message]:
    decoder = Decoder(log=log)
    found: list[Message] = []
    for at in range(0, len(data), size):
        found += decoder.feed(data[at : at + size])
    return found + decoder.finish()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_letters_of_several_bytes_survive_any_cut(size: int) -> None:
    messages = feed_in_pieces(BANNER + EVENT * 3, size)
    assert [message.get("CallerIDName") for message in messages] == ["Пётр Ильич 🎻"] * 3


@given(st.lists(st.integers(1, 400), max_size=40))
def test_any_cut_of_a_recorded_log_gives_the_same_messages(sizes: list[int]) -> None:
    data = (TRACES / "b2_click2call_operator_declines.log").read_bytes()
    whole = feed_in_pieces(data, len(data), log=True)
    decoder = Decoder(log=True)
    found: list[Message] = []
    at = 0
    for size in sizes:
        found += decoder.feed(data[at : at + size])
        at += size
    found += decoder.feed(data[at:])
    assert found + decoder.finish() == whole


def test_the_banner_has_no_blank_line_after_it() -> None:
    decoder = Decoder()
    assert decoder.feed(BANNER) == []
    assert decoder.banner == "11.0.0"
    (response,) = decoder.feed(b"Response: Success\r\nActionID: a1\r\n\r\n")
    assert (response.kind, response.name, response.action_id) == (Kind.RESPONSE, "Success", "a1")


def test_keys_are_found_whatever_their_case_and_repeated_ones_are_kept() -> None:
    (message,) = Decoder().feed(b"Event: Status\r\nVariable: A=1\r\nVariable: B=2\r\nUniqueid: 1\r\n\r\n")
    assert message.get("UNIQUEID") == message.get("uniqueid") == "1"
    assert message.get("variable") == "A=1"
    assert message.getall("Variable") == ["A=1", "B=2"]
    assert message.get("Nothing") == ""
    assert "Nothing" not in message
    assert "uniqueID" in message


def test_values_may_hold_colons_and_be_empty_with_or_without_a_blank() -> None:
    (message,) = Decoder().feed(b"Event: X\r\nA: sip:1@2: 3\r\nB: \r\nC:\r\nD:4\r\n\r\n")
    assert [message.get(key) for key in "ABCD"] == ["sip:1@2: 3", "", "", "4"]


def test_output_of_a_command_is_a_list_of_lines() -> None:
    (message,) = Decoder().feed(b"Response: Success\r\nOutput: one\r\nOutput: \r\nOutput: two: 2\r\n\r\n")
    assert message.output == ["one", "", "two: 2"]


def test_originate_response_is_an_event_although_it_has_a_response() -> None:
    (message,) = Decoder().feed(b"Event: OriginateResponse\r\nResponse: Failure\r\nActionID: a2\r\n\r\n")
    assert message.event == "OriginateResponse"
    assert message.response is None
    assert message.get("Response") == "Failure"


def test_lf_only_and_crlf_mixed_and_comments_in_a_saved_log() -> None:
    data = b"# what was done\n# >>> Action: Ping\nResponse: Success\nPing: Pong\n\nEvent: A\r\nK: v\r\n\r\n# end\n"
    messages = feed_in_pieces(data, 5, log=True)
    assert [(message.name, message.get("K")) for message in messages] == [("Success", ""), ("A", "v")]


def test_actions_in_a_log_of_both_directions() -> None:
    messages = feed_in_pieces(BANNER + encode_action("Ping", action_id="1") + b"Response: Success\r\n\r\n", 9, log=True)
    assert [message.kind for message in messages] == [Kind.ACTION, Kind.RESPONSE]


def test_a_line_without_a_colon_goes_on_with_the_value_before_it() -> None:
    (message,) = Decoder().feed(b"Event: X\r\nAppData: first\nsecond\r\nUniqueid: 1\r\n\r\n")
    assert message.get("AppData") == "first\nsecond"
    assert message.get("Uniqueid") == "1"


def test_bytes_that_are_no_utf8_become_a_replacement() -> None:
    (message,) = Decoder().feed(b"Event: X\r\nCallerIDName: \xcf\xe5\xf2\xf0\r\nUniqueid: 1\r\n\r\n")
    assert "\ufffd" in message.get("CallerIDName")
    assert message.get("Uniqueid") == "1"


def test_a_name_of_ten_kilobytes_is_fine() -> None:
    name = "Ж" * 10_000
    (message,) = feed_in_pieces(f"Event: X\r\nCallerIDName: {name}\r\n\r\n".encode(), 1400)
    assert message.get("CallerIDName") == name


@pytest.mark.parametrize("nonsense", [b"HTTP/1.1 400 Bad Request\r\n", b"\x16\x03\x01 tls\n", b"hello\n"])
def test_nonsense_is_said_at_its_first_line(nonsense: bytes) -> None:
    with pytest.raises(ProtocolError, match="line 1: this is not AMI"):
        Decoder().feed(nonsense)


def test_nonsense_later_is_said_with_its_line() -> None:
    decoder = Decoder()
    decoder.feed(BANNER + b"Event: A\r\nK: v\r\n\r\n")
    with pytest.raises(ProtocolError) as caught:
        decoder.feed(b"Event: B\r\nK: v\r\n\r\nrubbish\r\n\r\n")
    assert caught.value.line == 8


@pytest.mark.parametrize("piece", [b"a" * 2000, b"K: v\r\n" * 300])
def test_what_never_ends_is_an_error_and_not_memory(piece: bytes) -> None:
    decoder = Decoder(max_line=10_000, max_message=20_000)
    decoder.feed(b"Event: X\r\nK: ")

    def feed_on() -> None:
        for _ in range(20):
            decoder.feed(piece)

    with pytest.raises(ProtocolError, match="more than"):
        feed_on()


def test_a_complete_message_is_limited_too() -> None:
    with pytest.raises(ProtocolError, match="a line of more than"):
        Decoder(max_line=100).feed(b"Event: X\r\nK: " + b"a" * 200 + b"\r\n\r\n")


def test_an_action_as_it_goes_out() -> None:
    fields: dict[str, str | int | bool | list[str]] = {
        "Channel": "PJSIP/101",
        "Async": True,
        "Timeout": 20_000,
        "Variable": ["A=1", "B=Я"],
    }
    assert (
        encode_action("Originate", fields, "x1")
        == (
            "Action: Originate\r\nActionID: x1\r\nChannel: PJSIP/101\r\nAsync: true\r\nTimeout: 20000\r\n"
            "Variable: A=1\r\nVariable: B=Я\r\n\r\n"
        ).encode()
    )
    assert encode_action("X", [("K", "1"), ("K", "2")]) == b"Action: X\r\nK: 1\r\nK: 2\r\n\r\n"


@given(
    key=st.text(max_size=8),
    value=st.text(max_size=20),
    where=st.integers(0, 3),
    bad=st.sampled_from("\r\n\0"),
    at=st.integers(0, 20),
)
def test_cr_lf_and_nul_are_refused_everywhere(key: str, value: str, where: int, bad: str, at: int) -> None:
    parts = ["Originate", "Channel" + key.replace(":", ""), value, "id"]
    parts[where] = parts[where][:at] + bad + parts[where][at:]
    with pytest.raises(ForbiddenCharacterError):
        encode_action(parts[0], {parts[1]: parts[2]}, parts[3])


@pytest.mark.parametrize("fields", [{"": "x"}, {" ": "x"}, {"A: B\t": "x"}, {"A": "\ud800"}])
def test_what_is_no_header_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ForbiddenCharacterError):
        encode_action("X", fields)


@given(st.dictionaries(st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True), st.text(max_size=30), max_size=6))
def test_what_was_sent_is_read_back(fields: dict[str, str]) -> None:
    fields = {f"X{key}": value.translate(dict.fromkeys(map(ord, "\r\n\0"))) for key, value in fields.items()}
    encodable = {key: value.encode("utf-8", "ignore").decode() for key, value in fields.items()}
    (message,) = Decoder().feed(encode_action("Do", encodable, "7"))
    assert message.kind is Kind.ACTION
    for key, value in encodable.items():
        assert message.get(key) == value


def lists(data: bytes) -> EventList:
    answer = EventList("a2")
    for message in Decoder().feed(data):
        answer.take(message)
    return answer


def test_an_event_list_ends_with_its_complete() -> None:
    answer = lists(
        b"Response: Success\r\nActionID: a2\r\nEventList: start\r\n\r\n"
        b"Event: CoreShowChannel\r\nActionID: a2\r\n\r\nEvent: Newchannel\r\nUniqueid: 1\r\n\r\n"
        b"Event: CoreShowChannelsComplete\r\nActionID: a2\r\nEventList: Complete\r\nListItems: 1\r\n\r\n"
    )
    assert answer.done
    assert not answer.failed
    assert [item.name for item in answer.items] == ["CoreShowChannel"]
    assert answer.complete is not None


def test_an_empty_list_may_come_as_an_error() -> None:
    answer = lists(b"Response: Error\r\nActionID: a2\r\nMessage: No Contacts found\r\n\r\n")
    assert answer.done
    assert not answer.failed
    assert answer.response is not None
    assert says_empty(answer.response)
    refused = lists(b"Response: Error\r\nActionID: a2\r\nMessage: Permission denied\r\n\r\n")
    assert refused.failed


@pytest.mark.parametrize(
    "text",
    ["No Contacts found", "No endpoints found\n", "No Authentication Objects found", "No active conferences."],
)
def test_words_for_an_empty_list(text: str) -> None:
    response = Message.of({"Response": "Error", "Message": text}.items())
    assert response is not None
    assert says_empty(response)


@pytest.mark.parametrize(
    "text",
    [
        "No such channel",
        "No such channels",
        "No such bridge",
        "No such module.",
        "No Conference by that name found.",
        "No channel specified",
        "No categories found in no file at all",
        "No active conference",
        "Not found",
        "Permission denied",
        "",
    ],
)
def test_a_refusal_is_no_empty_list(text: str) -> None:
    response = Message.of({"Response": "Error", "Message": text}.items())
    assert response is not None
    assert not says_empty(response)
    listed = lists(f"Response: Error\r\nActionID: a2\r\nMessage: {text}\r\n\r\n".encode())
    assert listed.failed


def test_an_answer_without_a_list_is_done_with_its_response() -> None:
    assert lists(b"Response: Success\r\nActionID: a2\r\nPing: Pong\r\n\r\n").done
    assert not lists(b"Response: Success\r\nActionID: a3\r\n\r\n").done
