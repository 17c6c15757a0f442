"""The application of the outbox and the stream."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    """Topics, publish() and the stream consumer."""

    name = "svyaz.realtime"
    label = "realtime"
