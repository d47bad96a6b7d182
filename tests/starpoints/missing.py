"""Marks for what the harness cannot do yet; they are removed with the feature."""

from __future__ import annotations

import pytest


def missing(reason: str) -> pytest.MarkDecorator:
    """Mark a test that fails until the harness can do something."""
    return pytest.mark.xfail(strict=True, reason=reason)
