"""The pages as people use them: what is clicked, typed and read, in the words on the screen."""

import json
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.program import Program

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
        permissions=["microphone", "notifications"],
        viewport=options.pop("viewport", {"width": 1440, "height": 900}),
        **options,
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script(_WATCH)
    return context


def sign_in(page: Page, login: str, password: str) -> None:
    """Through the form, as people do."""
    page.goto("/")
    page.get_by_label("Логин").fill(login)
    page.get_by_label("Пароль", exact=True).fill(password)
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("navigation").first).to_be_visible(timeout=PATIENCE)


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

    def wait_for_ringing(self) -> None:
        """Until the banner is there and can be answered."""
        expect(self.banner.get_by_test_id("accept")).to_be_visible(timeout=PATIENCE)

    def wait_for_talk(self) -> None:
        """Until a call is in progress and its timer runs."""
        expect(self.current.get_by_test_id("timer")).to_be_visible(timeout=PATIENCE)

    def hang_up(self) -> None:
        """F9, until the call is gone from the panel."""
        self.page.bring_to_front()
        self.page.keyboard.press("F9")
        expect(self.current).to_have_count(0, timeout=PATIENCE)

    def hears(self) -> tuple[float, float]:
        """The strongest frequency (Hz) of what the operator hears, and its level (dB)."""
        frequency, level = self.page.evaluate(_LISTEN)
        return float(frequency), float(level)


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
