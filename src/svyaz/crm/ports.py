"""What the CRM asks of the layers above."""

import uuid

from svyaz.kit.slots import Slot


def _no_calls(client_id: uuid.UUID) -> int:
    return 0


# How many calls of a client the journal has; filled by calls.
calls_count: Slot[[uuid.UUID], int] = Slot(_no_calls)
