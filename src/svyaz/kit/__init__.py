"""What every layer may use: ids, the clock, numbers, secrets, errors, texts, domain events."""
