"""A log of an exchange's events in, its call journal out, without a database."""

from .journal import call_json, journal
from .sources import GarbageError, read_log

__all__ = ["GarbageError", "call_json", "journal", "read_log"]
