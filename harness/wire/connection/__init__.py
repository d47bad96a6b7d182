"""The way to a server: its route, why it failed, and when the server is gone."""
