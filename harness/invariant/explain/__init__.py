"""Violations explained to a person: the finding, a diagnosis, a timeline."""
