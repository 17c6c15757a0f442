"""The whole program as people start it, and a real Chromium whose microphone is a tone."""

import contextlib
import os
import re
import tempfile
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright

from exchange_lab.city import City
from exchange_lab.errors import LabError
from tests.e2e.pages import new_context, sign_in, until
from tests.e2e.program import Person, Program
from tests.e2e.tones import MICROPHONE_TONE, write_tone

CHROMIUM = os.environ.get("SVYAZ_CHROMIUM", "/usr/bin/chromium")
PICTURES = Path(__file__).resolve().parents[2] / "var" / "e2e"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keeps a picture of every open page when a test fails, in var/e2e."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("browser")
    if report.failed and isinstance(browser, Browser):
        for number, page in enumerate((page for one in browser.contexts for page in one.pages), start=1):
            place = page.url.partition("//")[2].partition("/")[2].partition("?")[0]
            path = PICTURES / (re.sub(r"[^\w-]+", "-", f"{item.name}-{number}-{place[:30]}") + ".png")
            try:
                page.screenshot(path=path, timeout=5000)
                report.sections.append(("picture", str(path)))
            except Error as problem:  # a page that hangs must not hide why the test failed
                report.sections.append(("picture", f"{page.url}: {problem.message}"))
    return report


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
def admin(program: Program) -> Person:
    """Somebody who sees the whole journal."""
    return program.person("admin")


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
def quiet(city: City, admin: Person) -> Iterator[None]:
    """However the test ends, no call of it goes on into the next one."""
    yield
    for call in city.calls():
        with contextlib.suppress(LabError):  # over meanwhile
            city.hang_up(call.id)
    until(lambda: not admin.get("/api/start")["calls"], "all calls to end")


@pytest.fixture
def person(browser: Browser, program: Program, quiet: None) -> Iterator[Callable[[str], BrowserContext]]:
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


@pytest.fixture
def began() -> datetime:
    """When the test began: the demonstration has a past of its own."""
    return datetime.now(UTC)
