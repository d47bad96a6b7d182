"""The one way to a server: fill, authenticate, pace, journal, send, classify."""
