"""What happens to calls."""

from svyaz.calls.services.commands import CHANNEL as COMMANDS
from svyaz.calls.services.dialling import Dialled, dial, hang_up
from svyaz.calls.services.exchanges import exchange_configuration, set_state, the_exchange
from svyaz.calls.services.listening import listen, peaks
from svyaz.calls.services.people import comment, pick_who, see_missed
from svyaz.calls.services.phone import phone_account, take_phone

__all__ = [
    "COMMANDS",
    "Dialled",
    "comment",
    "dial",
    "exchange_configuration",
    "hang_up",
    "listen",
    "peaks",
    "phone_account",
    "pick_who",
    "see_missed",
    "set_state",
    "take_phone",
    "the_exchange",
]
