"""A call comes in, the operator sees who it is, answers, and the card is there."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from exchange_lab.city import City
from tests.e2e.pages import PATIENCE, Panel, Simulator, shown, until
from tests.e2e.program import Person, Program
from tests.e2e.tones import CALLER_TONE, MICROPHONE_TONE, loudness, read_wave, share_of_tone

pytestmark = pytest.mark.e2e

SALES = "Отдел продаж"
STRANGER = "+7 999 123-45-67"


def test_a_known_number_calls_and_the_whole_way_works(
    program: Program, city: City, person: Callable[[str], BrowserContext], tmp_path: Path
) -> None:
    admin = program.person("admin")
    client = _client_with_a_number_of_its_own(admin)
    operator = person("anna")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()
    simulator = Simulator(person("admin").pages[0])

    simulator.call(client["phones"][0]["e164"], SALES)
    panel.wait_for_ringing()
    expect(panel.banner).to_contain_text(client["name"])
    expect(panel.banner).to_contain_text(SALES)
    expect(panel.banner.get_by_test_id("incoming-reason")).to_contain_text("омер совпал полностью")
    panel.page.bring_to_front()
    panel.page.keyboard.press("Enter")
    panel.wait_for_talk()

    expect(workspace).to_have_url(re.compile(f"/clients/{client['id']}"), timeout=PATIENCE)
    expect(workspace.get_by_role("heading", name=client["name"]).first).to_be_visible()
    _both_sides_hear_each_other(panel, city, client["phones"][0]["e164"])

    panel.hang_up()
    call = _journal_row(admin, client["phones"][0]["e164"])
    assert call["status"] == "answered", shown(call)
    assert call["direction"] == "incoming"
    assert call["who"]["client"]["id"] == client["id"]
    assert [one["name"] for one in call["answered_by"]] == ["Анна Смирнова"]
    recording = _ready_recording(admin, call["id"])
    assert recording["flags"] == [], shown(recording)
    left, right, rate = _decoded(admin.bytes(recording["url"]), tmp_path)
    assert share_of_tone(left, rate, MICROPHONE_TONE) > 0.8, "the employee is not on the left side"
    assert share_of_tone(right, rate, CALLER_TONE) > 0.8, "the client is not on the right side"
    assert abs(len(left) / rate * 1000 - call["talking_ms"]) < 1500

    _plays_in_the_journal(workspace, client["name"])


def test_an_unknown_number_calls_and_becomes_a_client(
    program: Program, person: Callable[[str], BrowserContext]
) -> None:
    admin = program.person("admin")
    operator = person("anna")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()
    Simulator(person("admin").pages[0]).call(STRANGER, SALES)

    panel.wait_for_ringing()
    expect(panel.banner).to_contain_text(STRANGER)
    expect(panel.banner.get_by_test_id("incoming-reason")).to_have_count(0)
    panel.page.bring_to_front()
    panel.page.keyboard.press("Enter")
    panel.wait_for_talk()

    expect(workspace).to_have_url(re.compile(r"/(clients|leads)/new\?"), timeout=PATIENCE)
    workspace.bring_to_front()
    expect(workspace.locator("input[type=tel]").first).to_have_value(re.compile("999.*123.*45.*67"))
    workspace.get_by_label("Наименование").first.fill("ООО «Новый знакомый»")
    workspace.get_by_role("button", name=re.compile("^Создать")).click()
    expect(workspace).to_have_url(re.compile(r"/clients/[0-9a-f-]{36}"), timeout=PATIENCE)

    panel.hang_up()
    call = _journal_row(admin, "+79991234567")
    assert call["who"]["client"]["name"] == "ООО «Новый знакомый»", shown(call)
    workspace.goto("/calls")
    expect(workspace.get_by_role("row", name=re.compile("Новый знакомый")).first).to_be_visible(timeout=PATIENCE)


def _client_with_a_number_of_its_own(admin: Person) -> Any:
    """A client of the demonstration whose first number nobody else has."""
    for row in admin.get("/api/clients?limit=50")["items"]:
        card = admin.get(f"/api/clients/{row['id']}")
        if not card["phones"] or not card["phones"][0]["e164"]:
            continue
        who = admin.get(f"/api/who?number=%2B{card['phones'][0]['e164'][1:]}")
        if len(who["matches"]) == 1 and who["matches"][0]["kind"] == "client":
            return card
    raise AssertionError("no client with a number of its own among the first fifty")


def _both_sides_hear_each_other(panel: Panel, city: City, number: str) -> None:
    def operator_hears() -> bool:
        frequency, level = panel.hears()
        return abs(frequency - CALLER_TONE) < 15 and level > -60

    until(operator_hears, "the caller's tone in the operator's ear")
    (call,) = [one for one in city.calls() if one.number == number.lstrip("+")]
    heard = city.heard(call.id)

    def caller_hears() -> bool:
        samples, rate = read_wave(heard)
        last = samples[-rate:]
        return loudness(last) > -40 and share_of_tone(last, rate, MICROPHONE_TONE) > 0.8

    until(caller_hears, "the operator's tone in the caller's ear")


def _journal_row(admin: Person, number: str) -> Any:
    def ended() -> Any:
        rows = admin.get(f"/api/calls?q=%2B{number[1:]}&limit=5")["items"]
        return next((row for row in rows if not row["live"]), None)

    return until(ended, f"the call of {number} in the journal")


def _ready_recording(admin: Person, call: str) -> Any:
    def ready() -> Any:
        recordings = admin.get(f"/api/calls/{call}")["recordings"]
        return recordings[0] if len(recordings) == 1 and recordings[0]["state"] == "ready" else None

    return until(ready, "the recording", seconds=60)


def _decoded(opus: bytes, folder: Path) -> tuple[Any, Any, int]:
    path = folder / "recording.ogg"
    path.write_bytes(opus)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        stream = container.streams.audio[0]
        assert stream.codec_context.name == "opus"
        assert stream.codec_context.channels == 2
        rate = stream.codec_context.sample_rate
    whole = np.concatenate(frames, axis=1).astype(np.float64)
    if whole.shape[0] == 1:  # packed: the sides alternate
        whole = whole.reshape(-1, 2).T
    return whole[0], whole[1], rate


def _plays_in_the_journal(workspace: Page, name: str) -> None:
    workspace.bring_to_front()
    workspace.goto("/calls")
    workspace.get_by_role("row", name=re.compile(re.escape(name))).first.click()
    player = workspace.locator(".player").first
    player.get_by_role("button", name="Слушать").click()
    expect(player.get_by_role("button", name="Пауза")).to_be_visible()
    expect(player).to_contain_text(re.compile(r"0:0[1-9] / "), timeout=PATIENCE)
