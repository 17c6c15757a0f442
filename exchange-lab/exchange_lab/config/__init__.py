"""Writes the configuration of the two exchanges: the firm's and the city's."""
