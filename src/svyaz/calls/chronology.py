"""The chronology of a call in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from svyaz.kit import numbers
from svyaz.kit.texts import Text

# By the kind of the entry. {who} is the employee or number it happened to; {by}, {to} and {from_who} are others.
ENTRIES: dict[str, Text] = {
    "began": Text("Звонит {who}", "{who} calls"),
    "rang": Text("Вызов: {who}", "Ringing: {who}"),
    "answered": Text("Ответил: {who}", "{who} answered"),
    "left": Text("Отключился: {who} ({outcome})", "{who} left ({outcome})"),
    "not_reached": Text("Не дозвонились: {who} ({outcome})", "{who} was not reached ({outcome})"),
    "queued": Text("В очереди «{queue}»", "In the queue “{queue}”"),
    "queue_left": Text("Вышел из очереди «{queue}»", "Left the queue “{queue}”"),
    "queue_abandoned": Text("Не дождался в очереди «{queue}»", "Gave up waiting in the queue “{queue}”"),
    "held": Text("{who} поставил на удержание", "{who} put the other side on hold"),
    "unheld": Text("{who} снял с удержания", "{who} took the other side off hold"),
    "forwarded": Text("{who}: переадресация на {to}", "{who}: forwarded to {to}"),
    "picked_up": Text("{who} перехватил вызов у {from_who}", "{who} picked up the call ringing at {from_who}"),
    "transfer_started": Text("{by} переводит на {to} ({transfer})", "{by} transfers to {to} ({transfer})"),
    "transfer_ended": Text("Перевод на {to}: {outcome}", "Transfer to {to}: {outcome}"),
    "supervisor_joined": Text("Подключился супервизор {who} ({mode})", "Supervisor {who} joined ({mode})"),
    "supervisor_mode": Text("Супервизор {who}: {mode}", "Supervisor {who}: {mode}"),
    "supervisor_left": Text("Супервизор {who} отключился", "Supervisor {who} left"),
    "ended": Text("Звонок завершён", "The call ended"),
    "end_unknown": Text(
        "Чем закончился звонок, неизвестно: программа и станция в это время не работали",
        "How the call ended is not known: neither the program nor the exchange was watching",
    ),
}
WORDS: dict[str, Text] = {
    "answered": Text("разговор окончен", "talked"),
    "no-answer": Text("нет ответа", "no answer"),
    "busy": Text("занято", "busy"),
    "rejected": Text("отклонил", "declined"),
    "cancelled": Text("отменён", "cancelled"),
    "elsewhere": Text("ответил другой", "answered elsewhere"),
    "failed": Text("не удалось", "failed"),
    "completed": Text("состоялся", "completed"),
    "returned": Text("вернулся", "returned"),
    "blind": Text("сразу", "blind"),
    "consult": Text("с консультацией", "with a consultation"),
    "listen": Text("подслушивает", "listens"),
    "whisper": Text("шепчет", "whispers"),
    "barge": Text("говорит со всеми", "talks to all"),
}


def in_words(entry: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """One line in the language of the person being served. `names`: of employees by endpoint and by extension."""
    text = ENTRIES.get(str(entry["kind"]))
    if text is None:
        return str(entry["kind"])
    places = {
        "who": _party(entry.get("endpoint"), entry.get("number"), names),
        "from_who": _party(entry.get("from_endpoint"), None, names),
        "by": _party(entry.get("by"), None, names),
        "to": _party(None, entry.get("to"), names),
        "queue": str(entry.get("queue") or "—"),
        **{name: _word(entry.get(name)) for name in ("outcome", "transfer", "mode")},
    }
    return text.format(**places).into()


def _party(endpoint: Any, number: Any, names: Mapping[str, str]) -> str:
    for key in (endpoint, number):
        if key and str(key) in names:
            return names[str(key)]
    shown = str(number or endpoint or "—")
    return numbers.parse(shown).shown if len(numbers.digits_of(shown)) >= 10 else shown


def _word(value: Any) -> str:
    word = WORDS.get(str(value))
    return word.into() if word else str(value or "—")
