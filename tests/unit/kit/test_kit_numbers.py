"""Numbers however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svyaz.kit import numbers

SPELLINGS = [
    "+74951234567",
    "74951234567",
    "84951234567",
    "8 495 123 45 67",
    "8 (495) 123-45-67",
    "+7 (495) 123-45-67",
    "+7\xa0495\xa0123\u201345\u201367",
    "8-495-123-45-67",
    "(495) 1234567",
    "4951234567",
    "tel:+7-495-123-45-67",
    "+7.495.123.45.67",
    "8/495/1234567",
    "  8 495 1234567  ",
]


@pytest.mark.parametrize("written", SPELLINGS)
def test_every_spelling_of_a_moscow_number_is_one_number(written: str) -> None:
    number = numbers.parse(written)
    assert number.e164 == "+74951234567"
    assert number.last10 == "4951234567"
    assert number.shown == "+7 495 123-45-67"
    assert number.extension is None


@pytest.mark.parametrize(
    "written",
    [
        "+7 495 123-45-67 доб. 12",
        "8 (495) 123-45-67 доб12",
        "8 495 1234567 вн. 12",
        "8 495 1234567 внутр. 12",
        "8 495 1234567 (доп. 12)",
        "8 495 1234567, добавочный 12",
        "+74951234567 ext. 12",
        "+74951234567;ext=12",
        "84951234567,12",
        "84951234567#12",
        "84951234567,,12",
    ],
)
def test_the_extension_is_told_from_the_number(written: str) -> None:
    number = numbers.parse(written)
    assert (number.e164, number.extension) == ("+74951234567", "12")


@pytest.mark.parametrize(
    "written",
    ["", "anonymous", "unknown", "101", "600", "03", "нет телефона", "<script>", "+", "доб. 5", "\0", "٣٣٣٣٣٣٣٣٣٣"],
)
def test_what_is_no_outside_number_has_none(written: str) -> None:
    number = numbers.parse(written)
    assert number.e164 is None
    assert number.last10 is None


def test_a_caller_id_of_ten_kilobytes_is_cut_and_harmless() -> None:
    number = numbers.parse("9" * 10_000)
    assert number.e164 is None
    assert len(number.as_written) == numbers.MAX_LENGTH


def test_a_local_number_is_completed_with_the_area_code_of_the_firm() -> None:
    assert numbers.parse("123-45-67", area_code="495").e164 == "+74951234567"
    assert numbers.parse("12-34-56", area_code="4722").e164 is None  # six digits say too little
    assert numbers.parse("123-45-67").e164 is None


def test_numbers_of_other_countries_keep_theirs() -> None:
    assert numbers.parse("+375 29 123-45-67").e164 == "+375291234567"
    assert numbers.parse("810 375 29 123-45-67").e164 == "+375291234567"
    assert numbers.parse("8 800 555-10-20").shown == "+7 800 555-10-20"


def test_the_region_is_said_in_russian() -> None:
    assert numbers.region("+375291234567") == "Беларусь"
    assert numbers.region("+78005551020") is None
    assert numbers.region("nonsense") is None


@pytest.mark.parametrize(
    ("query", "digits"),
    [
        ("8 (495) 12", "49512"),
        ("+7 495", "7495"),
        ("123-45", "12345"),
        ("880", "880"),
        ("8123", "8123"),
        ("Иванов", None),
        ("12а", None),
    ],
)
def test_a_part_of_a_number_is_looked_for_by_its_digits(query: str, digits: str | None) -> None:
    assert numbers.search_digits(query) == digits


separators = st.text(alphabet=" -().\xa0", max_size=2)


@given(
    st.from_regex(r"\A[3489][0-9]{9}\Z"),
    st.sampled_from(["+7", "7", "8", ""]),
    st.lists(separators, min_size=10, max_size=10),
)
def test_no_spelling_hides_a_number(digits: str, prefix: str, gaps: list[str]) -> None:
    written = prefix + "".join(
        gap.replace("(", "").replace(")", "") + digit for gap, digit in zip(gaps, digits, strict=True)
    )
    number = numbers.parse(written)
    assert number.last10 == digits
    if number.e164:
        assert number.e164 == f"+7{digits}"


@given(st.text(max_size=300))
def test_anything_can_be_read_and_reading_what_was_read_changes_nothing(written: str) -> None:
    number = numbers.parse(written)
    again = numbers.parse(number.as_written)
    assert (again.e164, again.extension, again.last10) == (number.e164, number.extension, number.last10)
    if number.e164:
        assert numbers.parse(number.shown).e164 == number.e164
    assert number.digits == "" or number.digits.isascii()
