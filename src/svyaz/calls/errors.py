"""What can be wrong with a recording."""


class NotComplete(Exception):
    """The exchange has not finished writing the file yet: try again later."""


class NotAudio(Exception):
    """The file is not a PCM WAV file we can read; trying again does not help."""
