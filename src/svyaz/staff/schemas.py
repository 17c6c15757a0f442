"""What the staff part of the API takes and gives."""

import uuid
from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

Language = Literal["ru", "en"]
Theme = Literal["system", "light", "dark"]
State = Literal["online", "ringing", "busy", "away", "offline"]


class ErrorOut(Schema):
    """Every error: a code for programs, a message that says what to do, and what is wrong with which field."""

    code: str
    message: str
    fields: dict[str, list[str]] = Field(default_factory=dict)


class PersonRef(Schema):
    id: uuid.UUID
    name: str


class Credentials(Schema):
    login: str = Field(max_length=150)
    password: str = Field(max_length=1000)


class Me(Schema):
    id: uuid.UUID
    name: str
    short_name: str
    initials: str
    login: str
    role: str
    extension: str | None
    rights: dict[str, str]
    language: str
    theme: str


class MeChange(Schema):
    language: Language | None = None
    theme: Theme | None = None


class EmployeeLive(Schema):
    id: uuid.UUID
    name: str
    short_name: str
    initials: str
    extension: str | None
    role: str
    groups: list[uuid.UUID]
    state: str
    state_since: datetime
    away_text: str
    talking_to: str | None


class GroupOut(Schema):
    id: uuid.UUID
    name: str


class PresenceIn(Schema):
    state: Literal["online", "away"]
    text: str = Field(default="", max_length=100)
