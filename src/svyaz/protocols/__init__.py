"""Wire formats: no Django, no sockets, no clock."""
