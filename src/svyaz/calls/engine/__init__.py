"""The call engine: events of an exchange in, changes of calls out.

Pure: no Django, no asyncio, no sockets, no clock. `Engine.handle(event, at)` returns the changes; everything about a
call is forgotten when it ends.
"""

from . import events
from .changes import (
    CallAnswered,
    CallBegan,
    CallEnded,
    CallQueued,
    CallsMerged,
    Change,
    Held,
    LegAnswered,
    LegBridged,
    LegEnded,
    LegRang,
    SupervisorJoined,
    SupervisorLeft,
    SupervisorMode,
    TransferEnded,
    TransferStarted,
    Unheld,
)
from .directory import Directory
from .engine import Engine
from .events import Event
from .states import Direction, LegState, Outcome, Status, TransferOutcome
from .views import CallView, Entry, LegView, Party, Span, SupervisorView, TransferView

__all__ = [
    "CallAnswered",
    "CallBegan",
    "CallEnded",
    "CallQueued",
    "CallView",
    "CallsMerged",
    "Change",
    "Direction",
    "Directory",
    "Engine",
    "Entry",
    "Event",
    "Held",
    "LegAnswered",
    "LegBridged",
    "LegEnded",
    "LegRang",
    "LegState",
    "LegView",
    "Outcome",
    "Party",
    "Span",
    "Status",
    "SupervisorJoined",
    "SupervisorLeft",
    "SupervisorMode",
    "SupervisorView",
    "TransferEnded",
    "TransferOutcome",
    "TransferStarted",
    "TransferView",
    "Unheld",
    "events",
]
