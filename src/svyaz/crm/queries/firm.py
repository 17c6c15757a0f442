"""The firm's settings, and numbers read as the firm would."""

from svyaz.crm.models import Firm
from svyaz.kit import numbers


def firm() -> Firm:
    """The settings; defaults until somebody saves them."""
    return Firm.objects.filter(pk=1).first() or Firm()


def parse_number(written: str, settings: Firm | None = None) -> numbers.Number:
    """A number in any spelling, local ones completed with the firm's area code. Pass `settings` to save the query."""
    settings = settings or firm()
    return numbers.parse(written, settings.country, settings.area_code)
