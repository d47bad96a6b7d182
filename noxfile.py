"""The project's sessions: `nox` runs what a change needs, `nox -s NAME` one of them."""

from __future__ import annotations

import os

import nox

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests in parallel; arguments go to pytest."""
    session.install("-e", ".[dev]")
    workers = os.environ.get("PYTEST_WORKERS", "2")
    session.run("pytest", "-n", workers, "--dist", "worksteal", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and the import layers."""
    session.install("ruff>=0.12", "import-linter>=2.16")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", env={"PYTHONPATH": "."})


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the package, strictly."""
    session.install("-e", ".[dev]")
    session.run("mypy")


@nox.session
def gate(session: nox.Session) -> None:
    """Gate every vendor on its mock; arguments go to `harness gate`."""
    session.install(".")
    session.run("harness", "gate", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the hot paths as ratios against named peers in the same run."""
    session.install("-e", ".[dev]", "uvicorn", "starlette", "python-multipart")
    session.run("python", "bench/load.py", *session.posargs)
    session.run("python", "bench/mock.py")


@nox.session
def prove(session: nox.Session) -> None:
    """Show that every defect is caught and that no correct server is accused."""
    session.install("-e", ".[dev]")
    session.run("python", "bench/prove.py", *session.posargs)
