"""ИНН: the taxpayer's number, with its check digits. Source: order ММВ-7-6/435@ of the Federal Tax Service."""

_TENTH = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_ELEVENTH = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_TWELFTH = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


def _check(digits: str, weights: tuple[int, ...]) -> str:
    return str(sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 % 10)


def with_check_digits(digits: str) -> str:
    """9 digits of a company or 10 of a person, completed to 10 or 12. Raises ValueError for another length."""
    if len(digits) == 9:
        return digits + _check(digits, _TENTH)
    if len(digits) == 10:
        digits += _check(digits, _ELEVENTH)
        return digits + _check(digits, _TWELFTH)
    raise ValueError(f"an INN has 9 or 10 digits before the check digits, not {len(digits)}")


def is_valid(inn: str) -> bool:
    """That the length is right and the check digits agree."""
    if not (inn.isascii() and inn.isdigit()) or len(inn) not in (10, 12):
        return False
    return with_check_digits(inn[:-1] if len(inn) == 10 else inn[:-2]) == inn
