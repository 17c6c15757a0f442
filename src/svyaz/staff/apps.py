"""The application of employees, groups, rights, devices, presence and audit."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """Tells realtime which topics an employee may hear."""

    name = "svyaz.staff"
    label = "staff"
    verbose_name = "Сотрудники"

    def ready(self) -> None:
        """Fill the port of the layer below."""
        from svyaz.realtime import ports
        from svyaz.staff import queries

        ports.topics_for.fill(queries.topics_for_user)
