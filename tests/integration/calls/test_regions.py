"""Where a number belongs."""

import pytest

from svyaz.calls.services.regions import region_of


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+74951234567", "Москва"),
        ("+78482123456", "Самарская область"),
        ("+79161234567", ""),
        ("+78005550100", ""),
        ("+77011234567", "Казахстан"),
        ("+375291234567", "Беларусь"),
        ("+4930123456", "DE"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_regions(number: str, region: str) -> None:
    assert region_of(number) == region
