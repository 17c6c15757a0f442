"""Where the exchange is and what of it we reach: from the settings, or from the file of a demonstration exchange."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings


@dataclass(frozen=True)
class ExchangePlace:
    """AMI address and account, the SIP WebSocket, the folder of recordings, the CEL that cannot lose rows.

    `recordings` and `cel` are None when the exchange is elsewhere and these are not shared with us.
    """

    host: str
    port: int
    user: str
    secret: str
    sip_websocket: str
    recordings: Path | None
    cel: Path | None


def exchange_place() -> ExchangePlace:
    """The place of the one exchange we know. Read again at every connection: a restarted exchange may have new ports.

    Raises FileNotFoundError while the demonstration exchange has not written its file yet.
    """
    if settings.EXCHANGE_FILE:
        described = json.loads(Path(settings.EXCHANGE_FILE).read_text())
        found: dict[str, Any] = {**described["firm_ami"], "sip_websocket": described["ws_url"], **described}
    else:
        found = dict(settings.EXCHANGE)
    return ExchangePlace(
        host=str(found["host"]),
        port=int(found["port"]),
        user=str(found["user"]),
        secret=str(found["secret"]),
        sip_websocket=str(found["sip_websocket"]),
        recordings=Path(found["recordings"]) if found["recordings"] else None,
        cel=Path(found["cel"]) if found["cel"] else None,
    )
