"""Where a number belongs."""

import pytest

from svyaz.calls.services.regions import region_of


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+74951234567", "RU-MOW"),
        ("+78482123456", "RU-SAM"),
        ("+79161234567", ""),
        ("+78005550100", ""),
        ("+77011234567", "KZ"),
        ("+375291234567", "BY"),
        ("+4930123456", "DE"),
        ("+870773123456", ""),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_regions(number: str, region: str) -> None:
    assert region_of(number) == region
