"""The pages as people use them: what is clicked, typed and read, in the words on the screen."""

import json
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from exchange_lab.city import City
from tests.e2e.program import Program
from tests.e2e.tones import CALLER_TONE, MICROPHONE_TONE, loudness, read_wave, share_of_tone

T = TypeVar("T")
PATIENCE = 20_000  # milliseconds to wait for anything on a page

# Keeps every peer connection at hand, and switches off what would eat test tones.
_WATCH = """
window.__peers = [];
const Peer = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Peer {
  constructor(...words) { super(...words); window.__peers.push(this); }
};
localStorage.setItem('svyaz.audio', JSON.stringify(
  { noiseSuppression: false, echoCancellation: false, autoGainControl: false }));
"""

# The strongest frequency among what the latest connection plays, and its level in decibels.
_LISTEN = """
async () => {
  const peer = window.__peers.filter((one) => one.connectionState === 'connected').pop();
  if (!peer) return [0, -200];
  const track = peer.getReceivers().map((one) => one.track).find((one) => one && one.kind === 'audio');
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 16384;
  analyser.smoothingTimeConstant = 0;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  await new Promise((resolve) => setTimeout(resolve, 800));
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  let best = 1;
  for (let bin = 2; bin < levels.length; bin += 1) if (levels[bin] > levels[best]) best = bin;
  const found = [best * context.sampleRate / analyser.fftSize, levels[best]];
  await context.close();
  return found;
}
"""


def new_context(browser: Browser, program: Program, **options: Any) -> BrowserContext:
    """A browser of one person: 1440×900, Russian, microphone allowed."""
    context = browser.new_context(
        base_url=program.address,
        locale="ru-RU",
        permissions=["microphone", "notifications", "clipboard-read", "clipboard-write"],
        viewport=options.pop("viewport", {"width": 1440, "height": 900}),
        **options,
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script(_WATCH)
    return context


def sign_in(page: Page, login: str, password: str) -> None:
    """Through the form, as people do."""
    page.goto("/")
    sign_in_here(page, login, password)
    expect(page.get_by_role("navigation").first).to_be_visible(timeout=PATIENCE)


def sign_in_here(page: Page, login: str, password: str) -> None:
    """Fill in the form that is on the page."""
    page.get_by_label("Логин").fill(login)
    page.get_by_label("Пароль", exact=True).fill(password)
    page.get_by_role("button", name="Войти").click()


class Panel:
    """The telephone's window."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    def open(cls, context: BrowserContext) -> "Panel":
        """In a window of its own, as wide as it is meant to be."""
        page = context.new_page()
        page.set_viewport_size({"width": 380, "height": 720})
        page.goto("/panel")
        return cls(page)

    @property
    def banner(self) -> Locator:
        """What shows while it rings."""
        return self.page.get_by_test_id("incoming")

    @property
    def current(self) -> Locator:
        """The call in progress."""
        return self.page.get_by_test_id("current-call")

    def go_on_line(self) -> None:
        """«Выйти на линию», until the exchange has taken the registration."""
        self.page.get_by_test_id("go-online").click()
        expect(self.page.get_by_test_id("state-menu")).to_contain_text("На линии", timeout=PATIENCE)

    @property
    def other(self) -> Locator:
        """The call that waits beside the one in progress."""
        return self.page.get_by_test_id("other-call")

    @property
    def toasts(self) -> Locator:
        """Short words about what just happened."""
        return self.page.locator(".toast")

    @property
    def options(self) -> Locator:
        """What the search found."""
        return self.page.get_by_test_id("search-option")

    @property
    def history(self) -> Locator:
        """Rows of the list of calls, newest first."""
        return self.page.get_by_test_id("call-row")

    @property
    def missed(self) -> Locator:
        """The number of missed calls on the tab."""
        return self.page.get_by_test_id("tab-calls").locator("em")

    def press(self, key: str) -> None:
        """A key while this window is in front."""
        self.page.bring_to_front()
        self.page.keyboard.press(key)

    def accept(self) -> None:
        """Wait until it rings, then Enter, until the talk."""
        self.wait_for_ringing()
        self.press("Enter")
        self.wait_for_talk()

    def tab(self, name: str) -> None:
        """Open «Звонки», «Сотрудники» or «Набор»."""
        self.page.get_by_role("tab", name=name).click()

    def find(self, text: str) -> None:
        """Type into the search."""
        self.press("F2")
        self.page.keyboard.insert_text(text)

    def paste_number(self, text: str) -> Locator:
        """Paste into the dialpad as people do from a letter; returns the field."""
        self.tab("Набор")
        field = self.page.get_by_test_id("dial-number")
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        field.press("Control+a")
        field.press("Control+v")
        return field

    def wait_for_ringing(self) -> None:
        """Until the banner is there and can be answered."""
        expect(self.banner.get_by_test_id("accept")).to_be_visible(timeout=PATIENCE)

    def wait_for_talk(self) -> None:
        """Until a call is in progress and its timer runs."""
        expect(self.current.get_by_test_id("timer")).to_be_visible(timeout=PATIENCE)

    def hang_up(self) -> None:
        """F9, until the call is gone from the panel."""
        self.press("F9")
        expect(self.current).to_have_count(0, timeout=PATIENCE)

    def hears(self) -> tuple[float, float]:
        """The strongest frequency (Hz) of what the operator hears, and its level (dB)."""
        frequency, level = self.page.evaluate(_LISTEN)
        return float(frequency), float(level)

    def wait_to_hear_the_caller(self) -> None:
        """Until the city's tone is in the operator's ear."""

        def hears() -> bool:
            frequency, level = self.hears()
            return abs(frequency - CALLER_TONE) < 15 and level > -60

        until(hears, "the caller's tone in the operator's ear")


class Caller:
    """Somebody at an outside number in a call, and what reaches their ear."""

    def __init__(self, city: City, call: str) -> None:
        self.city = city
        self.call = call

    @classmethod
    def of(cls, city: City, number: str) -> "Caller":
        """The one call that number has now."""
        digits = number.lstrip("+")
        return cls(city, until(lambda: next((c.id for c in city.calls() if c.number == digits), ""), "the call"))

    def wait_to_hear_the_operator(self) -> None:
        """Until the operator's tone fills the last second."""
        self._wait(
            lambda samples, rate: loudness(samples) > -40 and share_of_tone(samples, rate, MICROPHONE_TONE) > 0.8,
            "the operator's tone in the caller's ear",
        )

    def wait_for_silence(self) -> None:
        """Until the last second is empty: not one sample away from the others."""
        self._wait(lambda samples, rate: float(np.ptp(samples)) == 0.0, "silence in the caller's ear")

    def wait_not_to_hear_the_operator(self) -> None:
        """Until the last second has nothing of the operator's tone; music may play."""
        self._wait(
            lambda samples, rate: share_of_tone(samples, rate, MICROPHONE_TONE) < 0.05,
            "the operator's tone to leave the caller's ear",
        )

    def _wait(self, right: Callable[[NDArray[np.float64], int], bool], what: str) -> None:
        begun = self._heard()[0].size

        def look() -> bool:
            samples, rate = self._heard()
            # Only what came after the wait began.
            return samples.size >= begun + rate and right(samples[-rate:], rate)

        until(look, what)

    def _heard(self) -> tuple[NDArray[np.float64], int]:
        path = self.city.heard(self.call)
        until(lambda: path.exists() and path.stat().st_size > 44, "the city's recording")
        return read_wave(path)

    def hang_up(self) -> None:
        """The outside number hangs up."""
        self.city.hang_up(self.call)


class Simulator:
    """The administrator's page that lets outside numbers call."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.goto("/simulator")

    def call(self, number: str, line: str, *, voice: str = "Тон 440 Гц") -> None:
        """Let a number call a line (by its name)."""
        self.page.get_by_label("Другой номер").fill(number)
        self._choose("На какую линию", line)
        self._choose("Голос", voice)
        self.page.get_by_role("button", name="Позвонить").click()

    def _choose(self, label: str, option: str) -> None:
        self.page.get_by_label(label).click()
        self.page.get_by_role("option", name=re.compile(re.escape(option))).first.click()


def until(look: Callable[[], T | None], what: str, seconds: float = 30) -> T:
    """Look again and again until there is something; the last resort where nothing tells us."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s for {what}")
        time.sleep(0.1)
    return found


def shown(value: Any) -> str:
    """JSON for the message of a failed assertion."""
    return json.dumps(value, ensure_ascii=False, indent=1)[:3000]
