"""Declarations as text: reading them with their lines, checking their form, filling them in."""
