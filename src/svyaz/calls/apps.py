"""The Django app of calls."""

from __future__ import annotations

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """Calls: journal, recordings, commands to the exchange."""

    name = "svyaz.calls"
    label = "calls"
    verbose_name = "Звонки"

    def ready(self) -> None:
        """Subscribe to the news of the layers below and fill their ports."""
        from svyaz.calls import queries
        from svyaz.calls.services import who
        from svyaz.crm import events, ports
        from svyaz.kit.events import subscribe

        subscribe(events.PhoneAttached, who.number_attached)
        subscribe(events.ClientCreated, who.client_created)
        subscribe(events.LeadCreated, who.lead_created)
        subscribe(events.RecordRenamed, who.renamed)
        ports.calls_count.fill(queries.calls_of_client)
