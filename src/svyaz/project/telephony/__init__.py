"""The telephony process: one exchange followed, its journal written, commands done, conversations recorded."""
