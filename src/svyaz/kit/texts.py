"""Texts the server itself says to a person, in Russian and English.

They are few (errors, reasons of a match, entries of a chronology), so they live beside the code that says them as
values with both languages in view; a missing translation is then a type error and not a surprise in production.
"""

from dataclasses import dataclass
from typing import Literal

from django.utils import translation

Language = Literal["ru", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One message in both languages; `{name}` places are filled by `format`."""

    ru: str
    en: str

    def format(self, **values: object) -> "Text":
        return Text(self.ru.format(**values), self.en.format(**values))

    def into(self, language: str | None = None) -> str:
        """The text in `language` (default: the language of the person being served)."""
        return self.en if (language or current_language()) == "en" else self.ru


def current_language() -> Language:
    """The language of the person being served: their profile's or, before they sign in, their browser's."""
    return "en" if (translation.get_language() or "ru").startswith("en") else "ru"
