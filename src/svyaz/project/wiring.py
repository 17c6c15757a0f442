"""The only place that knows everyone: which connector fills which port, which routes and pages exist."""


def connect() -> None:
    """Fill the ports of the features with connectors. Called once, when Django is ready."""
