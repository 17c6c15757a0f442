"""News pushed to browsers: an outbox in the database, numbered, heard over LISTEN, sent over WebSockets."""
