"""The API of calls: parse, call one service or query, answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja import Status as Answer
from pydantic import Field

from svyaz.calls import queries, services
from svyaz.calls.ranges import begins, ranged
from svyaz.calls.schemas import (
    CallCard,
    CallDetails,
    CallPage,
    CommandGiven,
    CommentIn,
    Dial,
    Dialled,
    Direction,
    Peaks,
    PhoneAccount,
    PhoneTaken,
    SeenCount,
    Status,
    WhoChoice,
)
from svyaz.calls.simulator_api import router as simulator_router
from svyaz.kit.clock import now
from svyaz.staff.auth import actor_of as actor
from svyaz.staff.auth import session_auth

router = Router(tags=["calls"], auth=session_auth)
router.add_router("/simulator", simulator_router)


class JournalQuery(Schema):
    """Filters of the journal; `from` and `to` are moments, `status` may repeat."""

    direction: Direction | None = None
    status: list[Status] = Field(default_factory=list)
    began: datetime | None = Field(None, alias="from")
    until: datetime | None = Field(None, alias="to")
    employee: UUID | None = None
    group: UUID | None = None
    client: UUID | None = None
    lead: UUID | None = None
    line: UUID | None = None
    q: str | None = None
    mine: bool = False
    unregistered: bool = False
    first_contact: bool = False
    has_recording: bool | None = None


@router.get("/calls", response=CallPage)
def list_calls(
    request: HttpRequest,
    wanted: Query[JournalQuery],
    cursor: str | None = None,
    limit: int | None = None,
) -> Any:
    """The journal, newest first."""
    found = queries.Filter(**wanted.model_dump())
    return queries.page(actor(request), found, cursor, limit)


@router.post("/calls", response=Dialled)
def dial(request: HttpRequest, body: Dial) -> Any:
    """Click-to-call."""
    return services.dial(
        actor(request), number=body.number, phone_id=body.phone_id, from_panel=body.from_panel, at=now()
    )


@router.post("/calls/seen", response=SeenCount)
def see_all(request: HttpRequest) -> Any:
    """All missed calls were looked at."""
    return {"seen": services.see_missed(actor(request))}


@router.get("/calls/{uuid:call_id}", response=CallDetails)
def get_call(request: HttpRequest, call_id: UUID) -> Any:
    """A call with all that happened in it."""
    return queries.details(actor(request), call_id)


@router.post("/calls/{uuid:call_id}/hangup", response=CommandGiven)
def hang_up(request: HttpRequest, call_id: UUID) -> Any:
    """Hang one's own telephone up."""
    return {"command_id": services.hang_up(actor(request), call_id, at=now()).id}


@router.put("/calls/{uuid:call_id}/who", response=CallCard)
def pick_who(request: HttpRequest, call_id: UUID, body: WhoChoice) -> Any:
    """Pick among the matches of a call."""
    return services.pick_who(actor(request), call_id, **body.model_dump())


@router.put("/calls/{uuid:call_id}/comment", response=CallCard)
def comment(request: HttpRequest, call_id: UUID, body: CommentIn) -> Any:
    """Write the comment of a call."""
    return services.comment(actor(request), call_id, body.comment)


@router.post("/calls/{uuid:call_id}/seen", response=SeenCount)
def see(request: HttpRequest, call_id: UUID) -> Any:
    """A missed call was looked at."""
    return {"seen": services.see_missed(actor(request), call_id)}


@router.get("/recordings/{uuid:recording_id}", response={200: None}, openapi_extra={"responses": {}})
def get_recording(request: HttpRequest, recording_id: UUID, download: bool = False) -> HttpResponse:
    """The sound, Ogg Opus, with ranges; every listening and download is in the audit log."""
    wanted = request.headers.get("Range")
    recording = services.listen(
        actor(request),
        recording_id,
        download=download,
        audited=begins(wanted),
        address=request.META.get("REMOTE_ADDR"),
    )
    with recording.file.open("rb") as file:
        response = ranged(file, wanted, "audio/ogg")
    response["Cache-Control"] = "private, no-cache"
    if download:
        response["Content-Disposition"] = f'attachment; filename="{recording.began_at:%Y-%m-%d-%H-%M-%S}.opus"'
    return response


@router.get("/recordings/{uuid:recording_id}/peaks", response=Peaks)
def get_peaks(request: HttpRequest, recording_id: UUID) -> Any:
    """The waveform."""
    return services.peaks(actor(request), recording_id)


@router.get("/phone", response=PhoneAccount)
def phone(request: HttpRequest) -> Any:
    """What the browser needs to be this employee's telephone."""
    return services.phone_account(actor(request))


@router.post("/phone/taken", response={204: None})
def take_phone(request: HttpRequest, taken: PhoneTaken) -> Any:
    """This window goes on line; one of the same employee on another device leaves the line."""
    services.take_phone(actor(request), taken.window)
    return Answer(204, None)
