"""Turns a journal into verdicts: requirements, findings, coverage, waivers, thresholds."""
