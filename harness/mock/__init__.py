"""A stateful server for each vendor: correct by itself, wrong on request."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from harness.mock import vendors as _vendors
from harness.mock.defects.catalogue import DEFECTS, Defect

__all__ = ["Defect", "catalogue", "command", "vendors"]


# Hides the package of the same name as an attribute; `from harness.mock.vendors import x` works.
def vendors() -> list[str]:
    """Return the names of the vendors that have a mock."""
    return sorted(module.name for module in pkgutil.iter_modules(_vendors.__path__))


def catalogue(vendor: str | None = None) -> list[Defect]:
    """Return the defects a vendor can show, each with the requirements it violates there.

    Without a vendor: every defect, with the requirements of all vendors. ValueError when the
    vendor is unknown.
    """
    if vendor is not None and vendor not in vendors():
        raise ValueError(f"no mock for vendor {vendor!r}; there are: {', '.join(vendors())}")
    violated = [_violated(name) for name in ([vendor] if vendor else vendors())]
    return [
        replace(defect, requirements=tuple(name for each in violated for name in each.get(id_, ())))
        for id_, defect in DEFECTS.items()
        if vendor is None or id_ in violated[0]
    ]


def command(
    vendor: str,
    *,
    port: int = 0,
    defects: Iterable[str] = (),
    faults: Mapping[str, float] | None = None,
    seed: int = 0,
    members: int = 256,
    foreground: bool = False,
) -> list[str]:
    """Return the command that starts a mock as a process of its own.

    Give the process a pipe as its standard input: it stops when the pipe closes.
    """
    words = [sys.executable, "-m", "harness.mock", vendor, "--port", str(port)]
    words += ["--seed", str(seed), "--members", str(members)]
    for defect in defects:
        words += ["--defect", defect]
    for kind, rate in (faults or {}).items():
        words += ["--fault", f"{kind}={rate}"]
    return [*words, "--foreground"] if foreground else words


def _violated(vendor: str) -> Mapping[str, tuple[str, ...]]:
    module: Any = import_module(f"{_vendors.__name__}.{vendor}")
    requirements: Mapping[str, tuple[str, ...]] = module.VIOLATED_REQUIREMENTS
    return requirements
