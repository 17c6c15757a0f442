"""The whole program as people start it, and a real Chromium whose microphone is a tone."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from exchange_lab.city import City
from tests.e2e.pages import new_context, sign_in
from tests.e2e.program import Program
from tests.e2e.tones import MICROPHONE_TONE, write_tone

CHROMIUM = os.environ.get("SVYAZ_CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    """`svyaz run --demo` on a free port with a state folder of its own, stopped as Ctrl-C stops it."""
    # A short path: sockets live in it.
    with tempfile.TemporaryDirectory(prefix="svyaz-e2e-") as folder:
        program = Program(Path(folder))
        program.start()
        try:
            program.wait_until_ready()
            yield program
        finally:
            program.stop()


@pytest.fixture(scope="session")
def city(program: Program) -> City:
    """The simulated world outside, for what the simulator page does not show: what a caller heard."""
    return program.city()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's Chromium. Everybody's microphone is the same tone."""
    microphone = tmp_path_factory.mktemp("sound") / "microphone.wav"
    write_tone(microphone, MICROPHONE_TONE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone}",
                "--allow-loopback-in-peer-connection",
                "--autoplay-policy=no-user-gesture-required",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def person(browser: Browser, program: Program) -> Iterator[Callable[[str], BrowserContext]]:
    """A function `person(login)`: a browser context in which that employee signed in through the form."""
    contexts: list[BrowserContext] = []

    def signed_in(login: str) -> BrowserContext:
        context = new_context(browser, program)
        contexts.append(context)
        sign_in(context.new_page(), login, program.password(login))
        return context

    yield signed_in
    for context in contexts:
        context.close()
