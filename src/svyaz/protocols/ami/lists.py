"""Answers that come as a list of events."""

from __future__ import annotations

import re

from .message import Message

# "No Contacts found", "No Authentication Objects found", "No active conferences." A refusal speaks of one thing:
# "No such channel", "No Conference by that name found."
_EMPTY = re.compile(r"no (?!such )((\w+ ){0,2}\w+s (found|available)|active \w+s)\.?", re.IGNORECASE | re.ASCII)


def says_empty(response: Message) -> bool:
    """Whether an error response means "an empty list": `Response: Error`, `Message: No Contacts found`."""
    return response.is_response and not response.success and bool(_EMPTY.fullmatch(response.text.strip()))


class EventList:
    """Collects what answers one action: its response, the events of the list, the event that completes it.

    Give every message to `take`; the answer is whole when `done`. An action that lists nothing is done with its
    response.
    """

    def __init__(self, action_id: str) -> None:
        self.action_id = action_id
        self.response: Message | None = None
        self.items: list[Message] = []
        self.complete: Message | None = None
        """The event that closed the list (`…Complete`), which may carry totals."""
        self.done = False

    def take(self, message: Message) -> bool:
        """Whether the message was part of this answer."""
        if self.done or message.action_id != self.action_id:
            return False
        if message.is_response:
            if self.response is not None:
                return False
            self.response = message
            self.done = not (message.success and message.get("EventList").lower() == "start")
            return True
        if self.response is None:
            return False  # an event caused by the action (OriginateResponse) that overtook the response
        if message.get("EventList").lower() in {"complete", "cancelled"}:
            self.complete = message
            self.done = True
        else:
            self.items.append(message)
        return True

    @property
    def failed(self) -> bool:
        """The exchange refused: an error that does not merely mean an empty list."""
        return self.response is not None and not self.response.success and not says_empty(self.response)
