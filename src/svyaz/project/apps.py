"""The application that joins the others: at start it connects those who may not know each other."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Wires ports to connectors when Django is ready."""

    name = "svyaz.project"
    label = "project"

    def ready(self) -> None:
        """Connect everybody once."""
        from svyaz.project import wiring

        wiring.connect()
