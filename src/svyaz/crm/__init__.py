"""Clients, contact persons, leads, their numbers and orders."""
