"""What can go wrong between us and the exchange."""

from __future__ import annotations

from enum import StrEnum


class ExchangeError(Exception):
    """The parent of everything that asking the exchange for something can raise."""


class NotConnected(ExchangeError):
    """The exchange is not connected: the action was not sent, so nothing was done."""


class OutcomeUnknown(ExchangeError):
    """The action was sent and no answer came: it may have been done. It is never sent again by itself."""


class Refused(ExchangeError):
    """The exchange said no; the text is what it said. Nothing was done."""


class NotDialable(ExchangeError):
    """A number, an extension or a name that may not be sent to the exchange. Nothing was sent."""


class Reason(StrEnum):
    """Why the exchange is not connected."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NOT_AMI = "not_ami"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a reason, no password
    NOT_BOOTED = "not_booted"
    SHUT_DOWN = "shut_down"
    CLOSED = "closed"
    SILENT = "silent"
    FLOODED = "flooded"
    STOPPED = "stopped"

    def text(self, language: str = "ru") -> str:
        """What a person may read about it."""
        russian, english = _TEXTS[self]
        return russian if language == "ru" else english


_TEXTS: dict[Reason, tuple[str, str]] = {
    Reason.REFUSED: (
        "АТС не принимает соединения: она не запущена, или адрес и порт AMI неверны.",
        "The exchange accepts no connections: it is not running, or the AMI address and port are wrong.",
    ),
    Reason.UNREACHABLE: (
        "АТС недоступна по сети: проверьте адрес AMI и сетевой экран.",
        "The exchange cannot be reached: check the AMI address and the firewall.",
    ),
    Reason.NOT_AMI: (
        "По адресу АТС отвечает не интерфейс AMI: проверьте порт.",
        "What answers at the exchange's address is not AMI: check the port.",
    ),
    Reason.WRONG_PASSWORD: (
        "АТС не приняла имя или пароль AMI: проверьте manager.conf и настройки.",
        "The exchange refused the AMI name or password: check manager.conf and the settings.",
    ),
    Reason.NOT_BOOTED: ("АТС ещё запускается.", "The exchange is still starting."),
    Reason.SHUT_DOWN: ("АТС выключается или перезапускается.", "The exchange is shutting down or restarting."),
    Reason.CLOSED: ("АТС закрыла соединение.", "The exchange closed the connection."),
    Reason.SILENT: ("АТС перестала отвечать.", "The exchange has stopped answering."),
    Reason.FLOODED: (
        "Событий пришло больше, чем программа успела обработать.",
        "More events came than the program could take in.",
    ),
    Reason.STOPPED: ("Соединение с АТС завершено программой.", "The program has ended the connection."),
}


class Broken(Exception):
    """One connection's end, within the session: why, and the technical details for the log."""

    def __init__(self, reason: Reason, details: str = "") -> None:
        super().__init__(f"{reason.value}: {details}" if details else reason.value)
        self.reason = reason
        self.details = details
