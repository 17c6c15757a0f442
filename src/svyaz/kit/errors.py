"""Errors a person may see: each says what to do and has a code for programs and an HTTP status for the edge.

`kit.http` turns them into `{"code", "message", "fields"}`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from svyaz.kit.texts import Text


class DomainError(Exception):
    """Something the person asked for cannot be done. `fields` names what in the input is wrong and why.

    `extra` is added to the answer beside the three common keys (the present card beside a stale version).
    """

    status: ClassVar[int] = 400
    code: str = "invalid"
    text: Text = Text("Так сделать нельзя.", "This cannot be done.")

    def __init__(
        self,
        text: Text | None = None,
        *,
        code: str | None = None,
        fields: Mapping[str, Sequence[Text]] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.text = text or self.text
        self.code = code or self.code
        self.fields = fields or {}
        self.extra = extra or {}
        super().__init__(self.text.en)

    def payload(self, language: str | None = None) -> dict[str, Any]:
        fields = {name: [text.into(language) for text in texts] for name, texts in self.fields.items()}
        return {"code": self.code, "message": self.text.into(language), "fields": fields, **self.extra}


class Invalid(DomainError):
    status = 422
    code = "invalid"
    text = Text("Проверьте поля: что-то заполнено неверно.", "Check the fields: something is not right.")


class NotSignedIn(DomainError):
    status = 401
    code = "not_signed_in"
    text = Text("Войдите в программу ещё раз.", "Please sign in again.")


class InvalidCredentials(DomainError):
    status = 401
    code = "invalid_credentials"
    text = Text(
        "Логин или пароль не подходят. Проверьте раскладку и Caps Lock.",
        "The login or the password is wrong. Check the keyboard layout and Caps Lock.",
    )


class Locked(DomainError):
    status = 429
    code = "locked"
    text = Text(
        "Слишком много неудачных попыток входа. Подождите 15 минут или обратитесь к администратору.",
        "Too many failed sign-ins. Wait 15 minutes or ask your administrator.",
    )


class Forbidden(DomainError):
    status = 403
    code = "forbidden"
    text = Text(
        "У вас нет права на это. Его может дать администратор.",
        "You do not have the right to do this. Your administrator can give it.",
    )


class NotFound(DomainError):
    status = 404
    code = "not_found"
    text = Text("Такой записи нет или она вам недоступна.", "There is no such record, or you may not see it.")


class Conflict(DomainError):
    status = 409
    code = "conflict"
    text = Text("Это противоречит тому, что уже есть.", "This conflicts with what is already there.")


class Stale(Conflict):
    code = "stale"
    text = Text(
        "Запись тем временем изменил кто-то другой. Посмотрите, что изменилось, и сохраните ещё раз.",
        "Somebody else has changed the record meanwhile. See what changed and save again.",
    )


class Unavailable(DomainError):
    status = 503
    code = "unavailable"
    text = Text(
        "Сервис сейчас недоступен. Повторите через минуту.", "The service is unavailable now. Try again in a minute."
    )
