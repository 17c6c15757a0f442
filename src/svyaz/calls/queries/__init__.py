"""Reading the telephone: what other features and the API may ask."""

from svyaz.calls.queries.calls import (
    calls_of_client,
    cards_for_client,
    cards_for_lead,
    details,
    exchange_state,
    lines,
    live_cards,
    missed_unseen,
    recording,
    unseen,
    visible,
)
from svyaz.calls.queries.cards import cards
from svyaz.calls.queries.journal import Filter, page

__all__ = [
    "Filter",
    "calls_of_client",
    "cards",
    "cards_for_client",
    "cards_for_lead",
    "details",
    "exchange_state",
    "lines",
    "live_cards",
    "missed_unseen",
    "page",
    "recording",
    "unseen",
    "visible",
]
