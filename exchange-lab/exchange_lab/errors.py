"""What can go wrong in the laboratory, in words that say what to do."""


class LabError(Exception):
    """Base of all errors of the laboratory."""


class NoExchangeHere(LabError):
    """This machine cannot unpack Asterisk from Debian's packages (no apt, or no way to the packages)."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"Asterisk cannot be unpacked on this machine: {why}. "
            "Point the program at an exchange that exists already: set SVYAZ_AMI_HOST, SVYAZ_AMI_PORT, SVYAZ_AMI_USER "
            "and SVYAZ_AMI_SECRET to its manager account (Asterisk 18 or later, manager.conf) and run it without the "
            "laboratory; or, if an unpacked Asterisk lies elsewhere, name its folder in SVYAZ_ASTERISK_ROOT."
        )
        self.why = why


class ExchangeDidNotStart(LabError):
    """Asterisk ended, or did not answer its manager interface in time; the text carries the end of its log."""


class BadFirm(LabError):
    """firm.json (or the values given in code) cannot be made into a configuration; the text names the place."""
