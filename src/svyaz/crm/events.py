"""News of the CRM for the layers above; published in the transaction of the change."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhoneAttached:
    """A number became somebody's: exactly one of `client_ids` (of a person: all their clients) and `lead_id` speaks.

    `person_id` is set for the number of a contact person. Earlier calls of the number may now be theirs.
    """

    e164: str
    last10: str
    client_ids: tuple[uuid.UUID, ...] = ()
    person_id: uuid.UUID | None = None
    lead_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class ClientCreated:
    """A client was made; `call_id` is the call during or after which it was, and whose number it now has.

    Published after the `PhoneAttached` of its numbers.
    """

    client_id: uuid.UUID
    call_id: uuid.UUID | None
    by_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class LeadCreated:
    """A lead was made, as ClientCreated."""

    lead_id: uuid.UUID
    call_id: uuid.UUID | None
    by_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class RecordRenamed:
    """A client, person or lead has another name, or is deleted, or is back: cards that show it are out of date."""

    kind: str
    id: uuid.UUID
