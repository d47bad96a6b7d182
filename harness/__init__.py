"""Contract tests and load tests for the HTTP APIs of loyalty-points vendors."""

# The names of `__all__` are the library, which docs/library.md describes. Each is loaded when it is
# first used, so that importing a part of the package does not load the engines.

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.contract.catalogue import Catalogue as Catalogue
    from harness.contract.catalogue import read_catalogue as read_catalogue
    from harness.document.messages import Problem as Problem
    from harness.document.messages import Problems as Problems
    from harness.model.progress import Progress as Progress
    from harness.model.result import Result as Result
    from harness.report.folder import write_reports as write_reports
    from harness.report.result import read_result as read_result
    from harness.session.audit import audit as audit
    from harness.session.run import run as run
    from harness.session.target import TargetUnavailable as TargetUnavailable

__version__ = "0.1.0"

_MODULES = {
    "Catalogue": "harness.contract.catalogue",
    "Problem": "harness.document.messages",
    "Problems": "harness.document.messages",
    "Progress": "harness.model.progress",
    "Result": "harness.model.result",
    "TargetUnavailable": "harness.session.target",
    "audit": "harness.session.audit",
    "read_catalogue": "harness.contract.catalogue",
    "read_result": "harness.report.result",
    "run": "harness.session.run",
    "write_reports": "harness.report.folder",
}
__all__ = sorted([*_MODULES, "__version__"])


def __getattr__(name: str) -> Any:
    """Load a name of the library when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    """Return the names of the library beside those that are loaded."""
    return sorted({*globals(), *__all__})
