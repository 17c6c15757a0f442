"""The CRM over HTTP."""

import uuid

from django.http import HttpRequest
from ninja import Router, Status

from svyaz.crm import queries, services
from svyaz.crm.schemas import (
    ClientCard,
    ClientChange,
    ClientIn,
    ClientKind,
    ClientPage,
    LeadCard,
    LeadChange,
    LeadIn,
    LeadPage,
    LeadState,
    OrderPage,
    PersonChange,
    PersonIn,
    PersonOut,
    PhoneChange,
    PhoneIn,
    PhoneOut,
    WhoOut,
)
from svyaz.staff.auth import actor_of, session_auth

router = Router(tags=["crm"], auth=session_auth)


@router.get("/who", response=WhoOut)
def who(request: HttpRequest, number: str) -> WhoOut:
    """Whose number it is, in whatever spelling."""
    parsed = queries.parse_number(number)
    return WhoOut(e164=parsed.e164, shown=parsed.shown, matches=queries.who_is(parsed))


@router.get("/clients", response=ClientPage)
def list_clients(
    request: HttpRequest,
    q: str = "",
    responsible: uuid.UUID | None = None,
    kind: ClientKind | None = None,
    sort: str = "",
    cursor: str | None = None,
    limit: int | None = None,
) -> ClientPage:
    """A page of clients."""
    return queries.clients(
        actor_of(request), q=q, responsible=responsible, kind=kind, sort=sort, cursor=cursor, limit=limit
    )


@router.post("/clients", response=ClientCard)
def create_client(request: HttpRequest, data: ClientIn) -> ClientCard:
    """A new client."""
    return queries.client_card(services.create_client(data, by=actor_of(request)))


@router.get("/clients/{client_id}", response=ClientCard)
def read_client(request: HttpRequest, client_id: uuid.UUID) -> ClientCard:
    """The card of a client, also of a deleted one."""
    return queries.client_card(queries.client_for(client_id, actor_of(request)))


@router.patch("/clients/{client_id}", response=ClientCard)
def change_client(request: HttpRequest, client_id: uuid.UUID, data: ClientChange) -> ClientCard:
    """Change a client; 409 `stale` with `current` when somebody was faster."""
    return queries.client_card(services.change_client(client_id, data, by=actor_of(request)))


@router.delete("/clients/{client_id}", response=ClientCard)
def delete_client(request: HttpRequest, client_id: uuid.UUID) -> ClientCard:
    """Put a client away."""
    return queries.client_card(services.delete_client(client_id, by=actor_of(request)))


@router.post("/clients/{client_id}/restore", response=ClientCard)
def restore_client(request: HttpRequest, client_id: uuid.UUID) -> ClientCard:
    """Undo the deletion."""
    return queries.client_card(services.restore_client(client_id, by=actor_of(request)))


@router.post("/clients/{client_id}/persons", response=PersonOut)
def add_person(request: HttpRequest, client_id: uuid.UUID, data: PersonIn) -> PersonOut:
    """A new contact person."""
    return queries.person_out(services.add_person(client_id, data, by=actor_of(request)))


@router.post("/clients/{client_id}/phones", response=PhoneOut)
def add_client_phone(request: HttpRequest, client_id: uuid.UUID, data: PhoneIn) -> PhoneOut:
    """A number of the client itself."""
    return queries.phone_out(services.attach_phone(data, client=client_id, by=actor_of(request)))


@router.get("/clients/{client_id}/orders", response=OrderPage)
def client_orders(
    request: HttpRequest, client_id: uuid.UUID, cursor: str | None = None, limit: int | None = None
) -> OrderPage:
    """Orders of a client, the newest first."""
    return queries.orders(actor_of(request), client_id, cursor=cursor, limit=limit)


@router.patch("/persons/{person_id}", response=PersonOut)
def change_person(request: HttpRequest, person_id: uuid.UUID, data: PersonChange) -> PersonOut:
    """Change a contact person."""
    return queries.person_out(services.change_person(person_id, data, by=actor_of(request)))


@router.delete("/persons/{person_id}", response=PersonOut)
def delete_person(request: HttpRequest, person_id: uuid.UUID) -> PersonOut:
    """Put a contact person away."""
    return queries.person_out(services.delete_person(person_id, by=actor_of(request)))


@router.post("/persons/{person_id}/restore", response=PersonOut)
def restore_person(request: HttpRequest, person_id: uuid.UUID) -> PersonOut:
    """Undo the deletion."""
    return queries.person_out(services.restore_person(person_id, by=actor_of(request)))


@router.post("/persons/{person_id}/phones", response=PhoneOut)
def add_person_phone(request: HttpRequest, person_id: uuid.UUID, data: PhoneIn) -> PhoneOut:
    """A number of a contact person."""
    return queries.phone_out(services.attach_phone(data, person=person_id, by=actor_of(request)))


@router.patch("/phones/{phone_id}", response=PhoneOut)
def change_phone(request: HttpRequest, phone_id: uuid.UUID, data: PhoneChange) -> PhoneOut:
    """Correct a number."""
    return queries.phone_out(services.change_phone(phone_id, data, by=actor_of(request)))


@router.delete("/phones/{phone_id}", response={204: None})
def delete_phone(request: HttpRequest, phone_id: uuid.UUID) -> Status[None]:
    """Take a number away."""
    services.detach_phone(phone_id, by=actor_of(request))
    return Status(204, None)


@router.get("/leads", response=LeadPage)
def list_leads(
    request: HttpRequest,
    q: str = "",
    state: LeadState | None = None,
    responsible: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> LeadPage:
    """A page of leads, the newest first."""
    return queries.leads(actor_of(request), q=q, state=state, responsible=responsible, cursor=cursor, limit=limit)


@router.post("/leads", response=LeadCard)
def create_lead(request: HttpRequest, data: LeadIn) -> LeadCard:
    """A new lead."""
    return queries.lead_card(services.create_lead(data, by=actor_of(request)))


@router.get("/leads/{lead_id}", response=LeadCard)
def read_lead(request: HttpRequest, lead_id: uuid.UUID) -> LeadCard:
    """The card of a lead, also of a deleted one."""
    return queries.lead_card(queries.lead_for(lead_id, actor_of(request)))


@router.patch("/leads/{lead_id}", response=LeadCard)
def change_lead(request: HttpRequest, lead_id: uuid.UUID, data: LeadChange) -> LeadCard:
    """Change a lead; 409 `stale` as with clients."""
    return queries.lead_card(services.change_lead(lead_id, data, by=actor_of(request)))


@router.delete("/leads/{lead_id}", response=LeadCard)
def delete_lead(request: HttpRequest, lead_id: uuid.UUID) -> LeadCard:
    """Put a lead away."""
    return queries.lead_card(services.delete_lead(lead_id, by=actor_of(request)))


@router.post("/leads/{lead_id}/restore", response=LeadCard)
def restore_lead(request: HttpRequest, lead_id: uuid.UUID) -> LeadCard:
    """Undo the deletion."""
    return queries.lead_card(services.restore_lead(lead_id, by=actor_of(request)))


@router.post("/leads/{lead_id}/phones", response=PhoneOut)
def add_lead_phone(request: HttpRequest, lead_id: uuid.UUID, data: PhoneIn) -> PhoneOut:
    """A number of a lead."""
    return queries.phone_out(services.attach_phone(data, lead=lead_id, by=actor_of(request)))
