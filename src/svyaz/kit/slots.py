"""A place for a function that an upper layer brings, with what to do until it does."""

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Slot(Generic[P, R]):
    """Callable like the function it holds. Filled once, in the `apps.py` of the layer above."""

    def __init__(self, default: Callable[P, R]) -> None:
        self._function = default

    def fill(self, function: Callable[P, R]) -> None:
        self._function = function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._function(*args, **kwargs)
