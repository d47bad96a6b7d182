"""Hiding secrets and personal values."""
