"""The simulated city: fills `calls.ports.Simulator` with the exchange laboratory's city."""
