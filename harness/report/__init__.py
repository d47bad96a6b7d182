"""Renders a result document for people and for machines; it judges nothing."""
