"""Each way a call can go, told as a scenario."""

from __future__ import annotations

import pytest

from tests.unit.engine.exchange import Channel, Exchange, legs, summary, transfers

CLIENT = "+79161234567"
LINE = "74951230001"


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


# Incoming


def test_an_answered_call_knows_who_and_how_long(exchange: Exchange) -> None:
    client = exchange.calls_in(LINE)
    operator = exchange.talk(client, "101", seconds=10)
    exchange.hangs_up(client, operator)
    call = exchange.one()
    assert summary(call) == ("incoming", "answered", "trunk", "101")
    assert (call.caller.number, call.caller.name, call.line) == (CLIENT, "Клиент", LINE)
    assert call.answered_by == ("101",)
    assert call.talking == pytest.approx(10, abs=0.1)
    assert call.waiting == pytest.approx(2, abs=0.1)


def test_a_ring_group_that_nobody_answers_is_one_missed_call(exchange: Exchange) -> None:
    client = exchange.calls_in(LINE)
    phones = [exchange.rings(client, endpoint) for endpoint in ("101", "101-web", "102")]
    exchange.wait(20)
    for phone in phones:
        exchange.ends_dial(client, phone, "CANCEL")
    exchange.hangs_up(client, *phones)
    call = exchange.one()
    assert summary(call) == ("incoming", "missed", "trunk", LINE)
    assert legs(call) == [("101", "cancelled"), ("101-web", "cancelled"), ("102", "cancelled")]


@pytest.mark.parametrize(
    ("rang", "cause", "status", "outcome", "expected"),
    [
        (True, "17", "BUSY", "rejected", "rejected"),
        (True, "21", "CHANUNAVAIL", "rejected", "rejected"),
        (False, "17", "BUSY", "busy", "busy"),
        (True, "19", "NOANSWER", "no-answer", "missed"),
        (False, "20", "CHANUNAVAIL", "failed", "missed"),
    ],
)
def test_how_the_only_phone_refuses_is_how_the_call_ends(
    exchange: Exchange, rang: bool, cause: str, status: str, outcome: str, expected: str
) -> None:
    client = exchange.calls_in(LINE)
    phone = exchange.rings(client, "101", ringing=rang)
    exchange.wait(1)
    exchange.ends_dial(client, phone, status)
    exchange.hangs_up(phone, cause=cause)
    exchange.hangs_up(client, cause=cause)
    call = exchange.one()
    assert (call.status and call.status.value) == expected
    assert legs(call) == [("101", outcome)]


def test_a_phone_tried_after_another_is_no_transfer(exchange: Exchange) -> None:
    client = exchange.calls_in(LINE)
    first = exchange.rings(client, "101")
    exchange.wait(10)
    exchange.ends_dial(client, first, "NOANSWER")
    exchange.hangs_up(first)
    exchange.sent(client, "102")
    second = exchange.talk(client, "102")
    exchange.hangs_up(client, second)
    call = exchange.one()
    assert legs(call) == [("101", "no-answer"), ("102", "answered")]
    assert call.transfers == ()


def test_pipes_of_a_ring_group_are_folded_and_a_phone_that_is_off_is_shown(exchange: Exchange) -> None:
    """As FreePBX dials: a pair for every member, the telephone behind it; 103 is not registered."""
    client = exchange.calls_in(LINE)
    client.exten, client.context = "600", "ext-group"
    pipes = {}
    for number in ("101", "102", "103"):
        first, second = exchange.pipe(number, client.group)
        exchange.begins_dial(client, first, f"{number}@from-internal")
        pipes[number] = first, second
    phones = {number: exchange.rings(pipes[number][1], number) for number in ("101", "102")}
    exchange.ends_dial(client, pipes["103"][0], "CHANUNAVAIL")
    exchange.hangs_up(*pipes["103"], cause="20")
    exchange.wait(3)
    exchange.answers(pipes["102"][1], phones["102"])
    exchange.answers(client, pipes["102"][0])
    exchange.ends_dial(client, pipes["101"][0], "CANCEL")
    exchange.hangs_up(*pipes["101"], phones["101"])
    exchange.bridge(phones["102"], pipes["102"][1])
    exchange.bridge(client, pipes["102"][0])
    exchange.wait(4)
    exchange.hangs_up(client, *pipes["102"], phones["102"])
    call = exchange.one()
    assert summary(call) == ("incoming", "answered", "trunk", "102")
    assert legs(call) == [("101", "elsewhere"), ("102", "answered"), ("103", "failed")]
    assert call.line == LINE
    assert call.talking == pytest.approx(4, abs=0.1)


def test_a_queue_rings_again_and_again_and_the_client_gives_up(exchange: Exchange) -> None:
    client = exchange.calls_in(LINE)
    exchange.state(client, "Up")
    exchange.event("QueueCallerJoin", client, Queue="service")
    for _ in range(2):
        first, second = exchange.pipe("101", client.group, "from-queue")
        exchange.begins_dial(client, first, "Local/101@from-queue/n")
        phone = exchange.rings(second, "101")
        exchange.wait(15)
        exchange.ends_dial(client, first, "NOANSWER")
        exchange.ends_dial(second, phone, "CANCEL")
        exchange.hangs_up(first, second, phone)
    exchange.event("QueueCallerAbandon", client, Queue="service")
    exchange.hangs_up(client)
    call = exchange.one()
    assert summary(call) == ("incoming", "missed", "trunk", "101")
    assert [entry.kind for entry in call.chronology].count("queued") == 1
    # The queue gave up on the telephone, not the client: cancelled is only what happened inside the pair.
    assert legs(call) == [("101", "no-answer"), ("101", "no-answer")]


def test_a_menu_or_voice_mail_is_nobody(exchange: Exchange) -> None:
    client = exchange.calls_in(LINE)
    exchange.state(client, "Up")
    exchange.wait(30)
    exchange.hangs_up(client)
    assert summary(exchange.one()) == ("incoming", "missed", "trunk", LINE)


def test_a_telephone_forwards_the_call_to_a_mobile(exchange: Exchange) -> None:
    client = exchange.calls_in(LINE)
    phone = exchange.rings(client, "101")
    exchange.ends_dial(client, phone, "CANCEL", Forward="Local/79035550000@internal")
    first, second = exchange.pipe("79035550000", client.group)
    exchange.begins_dial(client, first, "79035550000@internal")
    exchange.hangs_up(phone)
    mobile = exchange.rings(second, "trunk", "79035550000")
    exchange.wait(5)
    exchange.answers(second, mobile)
    exchange.answers(client, first)
    exchange.bridge(mobile, second)
    exchange.bridge(client, first)
    exchange.wait(5)
    exchange.hangs_up(client, first, second, mobile)
    call = exchange.one()
    assert summary(call) == ("incoming", "answered", "trunk", "79035550000")
    assert legs(call) == [("101", "elsewhere"), ("trunk", "answered")]
    assert call.answered_by == ("79035550000",)
    assert any(entry.kind == "forwarded" for entry in call.chronology)


def test_a_colleague_picks_the_call_up(exchange: Exchange) -> None:
    client = exchange.calls_in(LINE)
    phone = exchange.rings(client, "101")
    exchange.wait(3)
    picker = exchange.dials("102", "*8")
    exchange.state(picker, "Up")
    exchange.event("Pickup", picker, Target=phone)
    exchange.ends_dial(client, picker, "ANSWER")
    exchange.state(client, "Up")
    exchange.hangs_up(phone, cause="26")
    exchange.bridge(picker, client)
    exchange.wait(5)
    exchange.hangs_up(client, picker)
    call = exchange.one()
    assert summary(call) == ("incoming", "answered", "trunk", "102")
    assert legs(call) == [("101", "elsewhere"), ("102", "answered")]
    assert call.answered_by == ("102",)
    assert call.legs[1].channel == picker.name


# Outgoing and internal


@pytest.mark.parametrize(
    ("status", "cause", "expected"),
    [
        ("BUSY", "17", "busy"),
        ("NOANSWER", "19", "missed"),
        ("CANCEL", "16", "cancelled"),
        ("CONGESTION", "34", "failed"),
        ("CHANUNAVAIL", "21", "rejected"),
    ],
)
def test_an_outgoing_call_that_nobody_answers(exchange: Exchange, status: str, cause: str, expected: str) -> None:
    operator = exchange.dials("101", "84951234567")
    outside = exchange.rings(operator, "trunk", "84951234567")
    exchange.wait(5)
    exchange.ends_dial(operator, outside, status)
    exchange.hangs_up(outside, cause=cause)
    exchange.hangs_up(operator)
    call = exchange.one()
    assert summary(call) == ("outgoing", expected, "101", "84951234567")
    assert call.line is None


@pytest.mark.parametrize(
    ("dialled", "sent", "number"),
    [
        ("984951234567", "84951234567", "84951234567"),
        ("84951234567", "99#84951234567", "84951234567"),
        ("84951234567", "74951234567", "74951234567"),
        ("84951234567", "+74951234567", "+74951234567"),
        ("*55", "84951234567", "84951234567"),
    ],
)
def test_prefixes_for_the_exchange_and_the_line_are_not_part_of_the_number(
    exchange: Exchange, dialled: str, sent: str, number: str
) -> None:
    operator = exchange.dials("101", dialled)
    outside = exchange.talk(operator, "trunk", sent)
    exchange.hangs_up(operator, outside)
    call = exchange.one()
    assert summary(call) == ("outgoing", "answered", "101", number)
    assert call.answered_by == (number,)


def test_a_colleague_who_does_not_answer(exchange: Exchange) -> None:
    operator = exchange.dials("101", "102")
    phone = exchange.rings(operator, "102")
    exchange.wait(30)
    exchange.ends_dial(operator, phone, "NOANSWER")
    exchange.hangs_up(phone, operator)
    assert summary(exchange.one()) == ("internal", "missed", "101", "102")


@pytest.mark.parametrize(("number", "direction"), [("102", "internal"), ("84951234567", "outgoing")])
def test_what_cannot_be_put_through_failed(exchange: Exchange, number: str, direction: str) -> None:
    operator = exchange.dials("101", number)
    exchange.hangs_up(operator, cause="20")
    assert summary(exchange.one()) == (direction, "failed", "101", number)


def test_click_to_call_through_a_pipe(exchange: Exchange) -> None:
    """As FreePBX and MikoPBX originate: the command rings a pair, one half rings the operator, the other goes on."""
    first, second = exchange.pipe("101")
    exchange.begins_dial(None, first, "101@from-internal/n")
    phone = exchange.rings(second, "101")
    exchange.wait(2)
    exchange.answers(second, phone)
    exchange.state(first, "Up")
    exchange.ends_dial(None, first, "ANSWER")
    exchange.bridge(phone, second)
    exchange.sent(first, "89161234567")
    outside = exchange.rings(first, "trunk", "89161234567")
    exchange.wait(4)
    exchange.answers(first, outside)
    exchange.bridge(outside, first)
    exchange.wait(6)
    exchange.hangs_up(outside, first, second, phone)
    call = exchange.one()
    assert summary(call) == ("outgoing", "answered", "101", "89161234567")
    assert legs(call) == [("101", "answered"), ("trunk", "answered")]
    assert call.answered_by == ("89161234567",)
    assert call.talking == pytest.approx(6, abs=0.1)


def test_click_to_call_on_two_telephones_of_the_operator(exchange: Exchange) -> None:
    first, second = exchange.pipe("101")
    exchange.begins_dial(None, first, "101@from-internal/n")
    desk, web = exchange.rings(second, "101"), exchange.rings(second, "101-web")
    exchange.wait(2)
    exchange.answers(second, web)
    exchange.ends_dial(second, desk, "CANCEL")
    exchange.hangs_up(desk)
    exchange.state(first, "Up")
    exchange.bridge(web, second)
    exchange.sent(first, "89161234567")
    outside = exchange.rings(first, "trunk", "89161234567")
    exchange.ends_dial(first, outside, "BUSY")
    exchange.hangs_up(outside, cause="17")
    exchange.hangs_up(first, second, web)
    call = exchange.one()
    assert summary(call) == ("outgoing", "busy", "101-web", "89161234567")
    assert legs(call) == [("101", "elsewhere"), ("101-web", "answered"), ("trunk", "busy")]


# Transfers


def answered(exchange: Exchange) -> tuple[Channel, Channel]:
    client = exchange.calls_in(LINE)
    return client, exchange.talk(client, "101")


def blind(exchange: Exchange, client: Channel, operator: Channel, to: str = "102") -> None:
    exchange.event("BlindTransfer", Result="Success", Transferer=operator, Transferee=client, Extension=to)
    exchange.sent(client, to)
    exchange.leave(operator)
    exchange.leave(client)
    exchange.hangs_up(operator)


def test_a_blind_transfer_that_nobody_takes_failed(exchange: Exchange) -> None:
    client, operator = answered(exchange)
    blind(exchange, client, operator)
    phone = exchange.rings(client, "102")
    exchange.wait(20)
    exchange.ends_dial(client, phone, "CANCEL")
    exchange.hangs_up(client, phone)
    call = exchange.one()
    assert summary(call) == ("incoming", "answered", "trunk", "101")
    assert transfers(call) == [("blind", "101", "102", "failed")]
    assert legs(call) == [("101", "answered"), ("102", "cancelled")]


def test_a_blind_transfer_that_comes_back(exchange: Exchange) -> None:
    client, operator = answered(exchange)
    blind(exchange, client, operator)
    phone = exchange.rings(client, "102")
    exchange.wait(20)
    exchange.ends_dial(client, phone, "NOANSWER")
    exchange.hangs_up(phone)
    exchange.sent(client, "101", "back")
    again = exchange.talk(client, "101")
    exchange.hangs_up(client, again)
    call = exchange.one()
    assert transfers(call) == [("blind", "101", "102", "returned")]
    assert call.answered_by == ("101",)


def test_a_redirect_between_colleagues_is_a_blind_transfer(exchange: Exchange) -> None:
    caller = exchange.dials("103", "101")
    operator = exchange.talk(caller, "101")
    exchange.sent(caller, "102")
    exchange.leave(caller)
    exchange.hangs_up(operator)
    colleague = exchange.talk(caller, "102")
    exchange.hangs_up(caller, colleague)
    call = exchange.one()
    assert summary(call) == ("internal", "answered", "103", "101")
    assert transfers(call) == [("blind", "101", "102", "completed")]


def test_an_outgoing_call_is_handed_over(exchange: Exchange) -> None:
    operator = exchange.dials("101", "84951234567")
    outside = exchange.talk(operator, "trunk", "84951234567")
    exchange.event("BlindTransfer", Result="Success", Transferer=operator, Transferee=outside, Extension="102")
    exchange.leave(operator)
    exchange.leave(outside)
    exchange.hangs_up(operator)
    exchange.sent(outside, "102")
    colleague = exchange.talk(outside, "102")
    exchange.hangs_up(outside, colleague)
    call = exchange.one()
    assert summary(call) == ("outgoing", "answered", "101", "84951234567")
    assert transfers(call) == [("blind", "101", "102", "completed")]
    assert call.answered_by == ("84951234567", "102")


def test_putting_the_client_back_to_a_reloaded_telephone_is_no_transfer(exchange: Exchange) -> None:
    client, operator = answered(exchange)
    exchange.sent(client, "101")
    exchange.leave(client)
    exchange.hangs_up(operator)
    again = exchange.talk(client, "101-web")
    exchange.hangs_up(client, again)
    call = exchange.one()
    assert call.transfers == ()
    assert summary(call)[1] == "answered"


def test_a_consultation_by_the_transfer_keys_handed_over_while_it_rings(exchange: Exchange) -> None:
    client, operator = answered(exchange)
    was = operator.bridge
    exchange.event("Hold", operator)
    first, second = exchange.pipe("102", client.group, "internal")
    second.number = "101"
    consult = exchange.bridge(first)
    exchange.leave(operator)
    exchange.enter(operator, consult)
    phone = exchange.rings(second, "102")
    exchange.wait(2)
    exchange.leave(operator)
    exchange.leave(first)
    exchange.enter(first, was)
    exchange.event(
        "AttendedTransfer",
        Result="Success",
        DestType="Bridge",
        OrigTransferer=operator,
        SecondTransferer=operator,
        Transferee=client,
        TransferTarget=first,
    )
    exchange.hangs_up(operator)
    exchange.wait(3)
    exchange.answers(second, phone)
    exchange.state(first, "Up")
    exchange.bridge(phone, second)
    exchange.wait(5)
    exchange.hangs_up(client, first, second, phone)
    call = exchange.one()
    assert transfers(call) == [("consult", "101", "102", "completed")]
    assert legs(call) == [("101", "answered"), ("102", "answered")]
    assert call.answered_by == ("101", "102")


def test_a_consultation_nobody_answers_returns_and_is_a_call_of_its_own(exchange: Exchange) -> None:
    client, operator = answered(exchange)
    exchange.sent(operator, "102")
    exchange.sent(client, "s", "hold")
    exchange.leave(operator)
    exchange.leave(client)
    phone = exchange.rings(operator, "102")
    exchange.wait(9)
    exchange.ends_dial(operator, phone, "NOANSWER")
    exchange.hangs_up(phone, cause="19")
    exchange.bridge(client, operator)
    exchange.wait(5)
    exchange.hangs_up(client, operator)
    call, consultation = exchange.journal()
    assert transfers(call) == [("consult", "101", "102", "returned")]
    assert legs(call) == [("101", "answered")]
    assert summary(consultation) == ("internal", "missed", "101", "102")
    began = consultation.chronology[0]
    assert (began.kind, began.details) == ("began", {"endpoint": "101", "number": "101"})


def test_a_client_who_does_not_wait_for_the_consultation_to_end(exchange: Exchange) -> None:
    client, operator = answered(exchange)
    exchange.sent(operator, "102")
    exchange.sent(client, "s", "hold")
    exchange.leave(operator)
    exchange.leave(client)
    colleague = exchange.talk(operator, "102", seconds=3)
    exchange.hangs_up(client)
    exchange.wait(4)
    exchange.hangs_up(operator, colleague)
    call, consultation = exchange.journal()
    assert transfers(call) == [("consult", "101", "102", "failed")]
    assert call.talking == pytest.approx(5, abs=0.1)
    assert summary(consultation) == ("internal", "answered", "101", "102")
    assert consultation.talking == pytest.approx(7, abs=0.1)
    assert call.ended_at is not None
    assert consultation.ended_at is not None
    assert (consultation.ended_at - call.ended_at).total_seconds() == pytest.approx(4, abs=0.1)


def test_a_client_fetched_by_a_third_after_a_consultation_that_led_nowhere(exchange: Exchange) -> None:
    client, operator = answered(exchange)
    exchange.sent(operator, "102")
    exchange.sent(client, "s", "hold")
    exchange.leave(operator)
    exchange.leave(client)
    phone = exchange.rings(operator, "102")
    exchange.ends_dial(operator, phone, "CHANUNAVAIL")
    exchange.hangs_up(phone, cause="21")
    exchange.hangs_up(operator)
    exchange.sent(client, "103")
    third = exchange.talk(client, "103")
    exchange.hangs_up(client, third)
    call, consultation = exchange.journal()
    assert transfers(call)[0] == ("consult", "101", "102", "failed")
    assert call.answered_by == ("101", "103")
    assert summary(consultation) == ("internal", "rejected", "101", "102")


def through_pipes(exchange: Exchange, client: Channel, number: str, *contexts: str) -> tuple[list[Channel], Channel]:
    """The client is connected with a telephone through pairs that stay in the way, one inside the other."""
    dialler, halves = client, []
    for context in contexts:
        first, second = exchange.pipe(number, client.group, context)
        exchange.begins_dial(dialler, first, f"Local/{number}@{context}/n")
        halves += [first, second]
        dialler = second
    phone = exchange.rings(dialler, number)
    exchange.wait(2)
    chain = [client, *halves, phone]
    exchange.answers(dialler, phone)
    for at in range(len(chain) - 3, 0, -2):
        exchange.answers(chain[at - 1], chain[at])
    for at in range(0, len(chain), 2):
        exchange.bridge(chain[at + 1], chain[at])
    exchange.wait(5)
    return halves, phone


def test_pipes_inside_pipes_are_one_leg(exchange: Exchange) -> None:
    client = exchange.calls_in(LINE)
    halves, phone = through_pipes(exchange, client, "101", "from-queue", "from-internal")
    exchange.hangs_up(client, *halves, phone)
    call = exchange.one()
    assert legs(call) == [("101", "answered")]
    assert call.answered_by == ("101",)
    assert call.talking == pytest.approx(5, abs=0.1)


def test_a_blind_transfer_of_which_the_exchange_names_only_the_near_half(exchange: Exchange) -> None:
    client = exchange.calls_in(LINE)
    (first, second), phone = through_pipes(exchange, client, "101", "from-queue")
    exchange.event("BlindTransfer", Result="Success", Transferer=phone, Transferee=second, Extension="102")
    exchange.leave(phone)
    exchange.leave(second)
    exchange.hangs_up(phone)
    exchange.sent(second, "102")
    colleague = exchange.rings(second, "102")
    exchange.wait(3)
    exchange.answers(second, colleague)
    exchange.bridge(colleague, second)
    exchange.wait(5)
    exchange.hangs_up(client, first, second, colleague)
    call = exchange.one()
    assert transfers(call) == [("blind", "101", "102", "completed")]
    assert legs(call) == [("101", "answered"), ("102", "answered")]
    assert summary(call) == ("incoming", "answered", "trunk", "101")


def test_a_consultation_on_a_second_line_through_pipes(exchange: Exchange) -> None:
    client = exchange.calls_in(LINE)
    (first, second), phone = through_pipes(exchange, client, "101", "from-queue")
    exchange.event("Hold", phone)
    line = exchange.dials("101", "102")
    (third, fourth), colleague = through_pipes(exchange, line, "102", "from-internal")
    bridge = line.bridge
    exchange.leave(second)
    exchange.leave(line)
    exchange.enter(second, bridge)
    exchange.event(
        "AttendedTransfer",
        Result="Success",
        DestType="Bridge",
        OrigTransferer=phone,
        SecondTransferer=line,
        Transferee=second,
        TransferTarget=third,
    )
    exchange.hangs_up(phone, line)
    exchange.wait(5)
    exchange.hangs_up(client, first, second, third, fourth, colleague)
    call = exchange.one()
    assert transfers(call) == [("consult", "101", "102", "completed")]
    assert legs(call) == [("101", "answered"), ("102", "answered")]
    assert call.answered_by == ("101", "102")


def test_a_consultation_on_a_second_line_that_leads_nowhere_is_a_call_of_its_own(exchange: Exchange) -> None:
    client, operator = answered(exchange)
    exchange.event("Hold", operator)
    line = exchange.dials("101", "102")
    colleague = exchange.talk(line, "102")
    exchange.hangs_up(line, colleague)
    exchange.event("Unhold", operator)
    exchange.wait(2)
    exchange.hangs_up(client, operator)
    call, other = exchange.journal()
    assert call.transfers == ()
    assert (summary(call)[1], summary(other)) == ("answered", ("internal", "answered", "101", "102"))


def test_two_clients_joined_by_the_operator_are_one_call(exchange: Exchange) -> None:
    first, one = answered(exchange)
    exchange.event("Hold", one)
    second = exchange.calls_in(LINE, "+79030000000", "Другой")
    other = exchange.talk(second, "101")
    bridge = one.bridge
    exchange.leave(one)
    exchange.leave(second)
    exchange.enter(second, bridge)
    exchange.hangs_up(one, other)
    exchange.wait(5)
    exchange.hangs_up(first, second)
    call = exchange.one()
    assert summary(call)[:2] == ("incoming", "answered")
    assert "+79030000000" in call.answered_by


# Names


def test_names_may_be_cyrillic_and_very_long(exchange: Exchange) -> None:
    name = "Ё" * 10_000
    client = exchange.calls_in(LINE, name=name)
    exchange.hangs_up(client)
    assert exchange.one().caller.name == name
