"""From the exchange's words about telephones to an employee's presence: online, ringing, busy, offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from svyaz.protocols.ami import Message

Presence = Literal["online", "ringing", "busy", "offline"]

# Asterisk's bits: 1 in use, 2 busy, 4 unavailable, 8 ringing, 16 on hold; 0 idle, negative: the hint is gone.
IN_USE, BUSY, UNAVAILABLE, RINGING, ON_HOLD = 1, 2, 4, 8, 16

DEVICE: dict[str, Presence] = {
    "NOT_INUSE": "online",
    "INUSE": "busy",
    "BUSY": "busy",
    "ONHOLD": "busy",
    "RINGING": "ringing",
    "RINGINUSE": "busy",
    "UNAVAILABLE": "offline",
    "INVALID": "offline",
    "UNKNOWN": "offline",
}


def of_status(status: int) -> Presence:
    """Presence from the number of an `ExtensionStatus` event or of the snapshot's hint."""
    if status < 0:
        return "offline"
    if status & (IN_USE | BUSY | ON_HOLD):
        return "busy"
    if status & RINGING:
        return "ringing"
    return "offline" if status & UNAVAILABLE else "online"


def of_devices(devices: Mapping[str, str], extension: str, *, technology: str = "PJSIP") -> Presence:
    """Presence from the states of an employee's two telephones, for an exchange without hints."""
    names = (f"{technology}/{extension}", f"{technology}/{extension}-web")
    states = {DEVICE.get(devices.get(name, "UNKNOWN"), "offline") for name in names}
    order: tuple[Presence, ...] = ("busy", "ringing", "online")
    return next((each for each in order if each in states), "offline")


def from_event(message: Message, *, context: str = "svyaz-internal") -> tuple[str, Presence] | None:
    """(extension, presence) if the event is about a hint of ours, else None."""
    if message.name != "ExtensionStatus" or message.get("Context") != context:
        return None
    status = message.get("Status")
    return message.get("Exten"), of_status(int(status) if status.lstrip("-").isdigit() else -1)


def registration(message: Message) -> tuple[str, bool] | None:
    """(endpoint, is registered) if the event tells that a telephone came or went, else None."""
    if message.name != "ContactStatus":
        return None
    endpoint = message.get("EndpointName") or message.get("AOR")
    gone = message.get("ContactStatus").lower() in {"removed", "unreachable"}
    return endpoint, not gone
