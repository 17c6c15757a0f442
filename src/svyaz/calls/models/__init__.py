"""Tables of the telephone: lines, exchanges, calls, recordings, commands to the exchange."""

from svyaz.calls.models.call import Call, CallEmployee, CallLeg
from svyaz.calls.models.command import Command
from svyaz.calls.models.endpoint import EndpointState
from svyaz.calls.models.exchange import CallGroup, Exchange, Line
from svyaz.calls.models.recording import Recording

__all__ = ["Call", "CallEmployee", "CallGroup", "CallLeg", "Command", "EndpointState", "Exchange", "Line", "Recording"]
