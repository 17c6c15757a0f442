"""The joined screens over HTTP."""

import uuid

from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router

from svyaz.staff.auth import actor_of, session_auth
from svyaz.workspace import queries
from svyaz.workspace.schemas import FeedPage, SearchOut, StartOut

router = Router(tags=["workspace"], auth=session_auth)


@router.get("/start", response=StartOut)
def start(request: HttpRequest) -> StartOut:
    """The snapshot a browser starts from."""
    get_token(request)
    return queries.start(actor_of(request))


@router.get("/search", response=SearchOut)
def search(request: HttpRequest, q: str = "", limit: int | None = None) -> SearchOut:
    """Smart search: parts of names in any order, numbers in any spelling, INN, extensions."""
    return SearchOut(hits=queries.search(actor_of(request), q, limit))


@router.get("/clients/{client_id}/feed", response=FeedPage)
def client_feed(
    request: HttpRequest, client_id: uuid.UUID, kinds: str = "", cursor: str | None = None, limit: int | None = None
) -> FeedPage:
    """The feed of a client; `kinds` separated by commas: call, order, note."""
    return queries.client_feed(actor_of(request), client_id, kinds=_kinds(kinds), cursor=cursor, limit=limit)


@router.get("/leads/{lead_id}/feed", response=FeedPage)
def lead_feed(
    request: HttpRequest, lead_id: uuid.UUID, kinds: str = "", cursor: str | None = None, limit: int | None = None
) -> FeedPage:
    """The feed of a lead."""
    return queries.lead_feed(actor_of(request), lead_id, kinds=_kinds(kinds), cursor=cursor, limit=limit)


def _kinds(text: str) -> set[str]:
    return {kind.strip() for kind in text.split(",") if kind.strip()}
