"""What is known of our own firm."""

from collections.abc import Iterable

from django.db import transaction

from svyaz.crm.models import OwnNumber
from svyaz.crm.queries.firm import firm, parse_number


@transaction.atomic
def set_own_numbers(numbers: Iterable[str]) -> None:
    """These, and no others, are the numbers of our own lines: calls from them are nobody's."""
    settings = firm()
    own = {last10 for number in numbers if (last10 := parse_number(number, settings).last10)}
    OwnNumber.objects.exclude(last10__in=own).delete()
    OwnNumber.objects.bulk_create([OwnNumber(last10=last10) for last10 in sorted(own)], ignore_conflicts=True)
