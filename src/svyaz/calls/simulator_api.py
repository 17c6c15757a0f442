"""The API of the simulator."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from svyaz.calls.schemas import BehaviourIn, SimulatedCallIn, SimulatorOut
from svyaz.calls.services import simulator
from svyaz.staff.auth import actor_of as actor

router = Router(tags=["simulator"])


class Started(Schema):
    """The simulated call that was started."""

    id: str


@router.get("", response=SimulatorOut, by_alias=True)
def overview(request: HttpRequest) -> Any:
    """Numbers of the city, lines of the firm, calls that are up."""
    return simulator.overview(actor(request))


@router.post("/calls", response=Started)
def call(request: HttpRequest, body: SimulatedCallIn) -> Any:
    """Have a number call a line."""
    identity = simulator.call(
        actor(request), number=body.from_, line=body.line, voice=body.voice, gives_up_after=body.gives_up_after
    )
    return {"id": identity}


@router.post("/calls/{call_id}/hangup", response={204: None})
def hang_up(request: HttpRequest, call_id: str) -> Any:
    """The caller hangs up."""
    simulator.hang_up(actor(request), call_id)
    return 204, None


@router.put("/numbers/{number}", response={204: None})
def set_behaviour(request: HttpRequest, number: str, body: BehaviourIn) -> Any:
    """What a number does when it is called."""
    simulator.set_behaviour(actor(request), number, body.behaviour)
    return 204, None
