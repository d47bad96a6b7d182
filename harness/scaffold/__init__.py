"""The first files of a new vendor, written from its own document."""
