"""Domain events: news that travels upward through the layers as plain dataclasses.

A lower layer publishes what happened to it and does not know who cares; an upper one subscribes in its `apps.py`.
Handlers run at once, in the publisher's transaction, in the order of subscribing: what they write stands or falls
with it.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

E = TypeVar("E")

_handlers: dict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(kind: type[E], handler: Callable[[E], None]) -> None:
    """Have `handler` called with every event of exactly this class. Subscribing twice is the same as once."""
    if handler not in _handlers[kind]:
        _handlers[kind].append(handler)


def publish(event: object) -> None:
    """Tell all subscribers of the event's class; an error of theirs is the publisher's error."""
    for handler in tuple(_handlers[type(event)]):
        handler(event)
