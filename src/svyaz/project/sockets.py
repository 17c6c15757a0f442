"""Which WebSocket address leads where."""

from typing import Any

from django.urls import path

from svyaz.connectors.asterisk.sip_proxy import SipProxy
from svyaz.realtime.consumer import StreamConsumer


def routes() -> list[Any]:
    """The WebSocket routes of all features."""
    return [path("ws/stream", StreamConsumer.as_asgi()), path("ws/sip", SipProxy.as_asgi())]
