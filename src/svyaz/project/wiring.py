"""The only place that knows everyone: which connector fills which port."""

from pathlib import Path

from django.conf import settings


def connect() -> None:
    """Fill the ports of the features with connectors. Called once, when Django is ready."""
    if settings.SIMULATOR and settings.EXCHANGE_FILE:
        from svyaz.calls.services import simulator
        from svyaz.connectors.simulator.city import LabSimulator

        city = LabSimulator(Path(settings.EXCHANGE_FILE))
        simulator.simulator.fill(lambda: city)
