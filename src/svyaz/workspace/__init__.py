"""Screens that join features, read only: the start snapshot, smart search, the feed."""
