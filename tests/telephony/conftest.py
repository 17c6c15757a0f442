"""Fixtures of the tests on a real Asterisk: the laboratory once for the run, telephones, the program's own ears."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from exchange_lab.errors import NoExchangeHere
from exchange_lab.lab import Lab
from exchange_lab.unpack import ensure_unpacked
from tests.telephony.firm import FIRM
from tests.telephony.journal import Journal
from tests.telephony.phones import Phone, Phones

pytest.importorskip("pjsua2", reason="no wheel of pjsua2-python for this version of Python")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the exchange, and shares one event loop, in which the telephones live."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.exchange)
            if inspect.iscoroutinefunction(getattr(item, "function", None)):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The firm's exchange and the city, up for the whole run."""
    try:
        ensure_unpacked()
    except NoExchangeHere as error:
        pytest.skip(str(error))
    with Lab(tmp_path_factory.mktemp("lab"), FIRM) as lab:
        yield lab


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def phones(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Phone]]:
    """Desk phones of all employees, registered."""
    async with Phones(tmp_path_factory.mktemp("heard"), lab.ports.sip) as phones:
        yield {each.extension: await phones.add(each.extension, each.secret_sip) for each in FIRM.employees}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ears(lab: Lab) -> AsyncIterator[Journal]:
    """The program's session with the exchange and its engine, up for the whole run."""
    async with Journal(lab) as journal:
        yield journal


@pytest_asyncio.fixture(loop_scope="session")
async def journal(ears: Journal, phones: dict[str, Phone], tmp_path: Path) -> AsyncIterator[Journal]:
    """What is written from this test on; at its end nothing is up any more. The events are kept as `ami.log`."""
    for phone in phones.values():
        phone.forget()
    ears.begin()
    try:
        yield ears
        await ears.quiet()
    finally:
        (tmp_path / "ami.log").write_text(ears.raw(), "utf-8")
        await ears.silence()
