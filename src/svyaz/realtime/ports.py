"""What realtime needs to know from the layers above."""

from typing import Any

from svyaz.kit.slots import Slot


def _no_topics(user: Any) -> frozenset[str]:
    return frozenset()


# Which topics a signed-in user may hear now. Synchronous, may read the database; filled by staff.
topics_for: Slot[[Any], frozenset[str]] = Slot(_no_topics)
