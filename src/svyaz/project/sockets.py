"""Which WebSocket address leads where."""

import importlib
import importlib.util
from typing import Any

from django.urls import path


def routes() -> list[Any]:
    """The WebSocket routes of all features."""
    found = []
    if importlib.util.find_spec("svyaz.realtime.consumer"):
        found.append(path("ws/stream", importlib.import_module("svyaz.realtime.consumer").StreamConsumer.as_asgi()))
    if importlib.util.find_spec("svyaz.connectors.asterisk.sip_proxy"):
        found.append(path("ws/sip", importlib.import_module("svyaz.connectors.asterisk.sip_proxy").SipProxy.as_asgi()))
    return found
