"""Telephone numbers: read in any spelling, kept as E.164 and as written, shown one way everywhere.

Source of the numbering plans and regions: the `phonenumbers` package (Google's libphonenumber data).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

MAX_LENGTH = 100  # of a number as written; whatever is longer was never a number
_SHORTEST_OUTSIDE = 7  # digits; anything shorter is an extension, a service number or a slip
# "вн.", "внутр.", "доп." and friends are how extensions are written in Russian; the package knows "доб" and "ext" only.
_EXTENSION = re.compile(
    r"[\s,;(\[.-]*(?:доб(?:авочный)?|доп(?:олнительный)?|вн(?:утр(?:енний)?)?|ext(?:ension)?|x|\#|,+|;ext=)"
    r"[\s.:№#=]*(?P<extension>\d{1,11})[\s)\].]*$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"^(?:tel:)?[\s+\d()\[\]./\\–—‑-]+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as read.

    `e164` is None for what is no outside number (an extension, "anonymous", a slip). `last10` are the last ten digits
    without the extension (fewer when the number is shorter, None when it has under seven), for matching when countries
    or prefixes were written differently.
    """

    as_written: str
    e164: str | None
    extension: str | None
    last10: str | None
    digits: str

    @property
    def shown(self) -> str:
        """`+7 495 123-45-67`, or what was written where there is no more to know."""
        return shown(self.e164) if self.e164 else self.as_written


def parse(written: str, country: str = "RU", area_code: str = "") -> Number:
    """Read a number in whatever spelling, for a firm in `country` (ISO 3166, two letters).

    `area_code` completes a local number of the firm's own town ("123-45-67"). Never raises: garbage has no `e164`.
    """
    as_written = " ".join(written[: MAX_LENGTH * 4].replace("\0", "").split())[:MAX_LENGTH]
    body, extension = as_written, None
    if found := _EXTENSION.search(as_written):
        body, extension = as_written[: found.start()], found["extension"]
    digits = re.sub(r"\D", "", body)
    if not digits.isascii() or not _NUMBER.match(body) or len(digits) < _SHORTEST_OUTSIDE:
        return Number(as_written, None, extension, None, digits if digits.isascii() else "")
    if area_code and not body.lstrip().startswith("+") and len(digits) + len(area_code) == 10:
        body = area_code + digits
    e164 = _e164(body, country)
    return Number(as_written, e164, extension, (e164 or digits).lstrip("+")[-10:], e164[1:] if e164 else digits)


def _e164(body: str, country: str) -> str | None:
    try:
        parsed = phonenumbers.parse(body, country)
    except phonenumbers.NumberParseException:
        return None
    # "Possible" and not "valid": numbering plans change faster than the data, and a firm may own a number of tomorrow.
    # But a number possible only inside its own town is not one to dial from anywhere.
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def shown(e164: str) -> str:
    """`+74951234567` → `+7 495 123-45-67`; what is no E.164 number comes back as it is."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@lru_cache(maxsize=4096)
def region(e164: str, language: str = "ru") -> str | None:
    """Where the number belongs ("Московская обл.", "Беларусь"), or None when the plan does not say."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return None
    # 180 MB and some seconds: only who really asks for regions pays for them.
    from phonenumbers import geocoder

    return geocoder.description_for_number(parsed, language) or None


def digits_of(text: str) -> str:
    """The ASCII digits of a text, for looking a part of a number up."""
    return re.sub(r"[^0-9]", "", text)


def search_digits(query: str) -> str | None:
    """The digits to look for when a search query is (a part of) a number, None when it is something else.

    The Russian trunk prefix 8 is dropped, so that `8 (495) 12` finds +7 495 12….
    """
    query = query.strip()
    if not query or not _NUMBER.match(query):
        return None
    digits = digits_of(query)
    if digits.startswith("8") and not query.startswith("+") and len(digits) > 3:
        # 8 could also be a digit inside the number; both begin alike only when the prefix is followed by a code.
        return digits[1:] if digits[1] in "3489" else digits
    return digits or None
