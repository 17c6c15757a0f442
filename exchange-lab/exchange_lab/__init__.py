"""An Asterisk of our own for development, tests and the demo: unpack, configure, start; simulated callers."""
