"""The project's sessions: `nox` runs what a change needs, `nox -s NAME` one of them."""

from __future__ import annotations

import os

import nox

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["change"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False


@nox.session
def change(session: nox.Session) -> None:
    """Run all that a change needs, in one environment: lint, types, tests, and a part of prove."""
    session.install("-e", ".[dev]")
    _lint(session)
    _types(session)
    _tests(session)
    session.run("harness", "prove", "--sample", "--seeds", "1", "--jobs", "3")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests in parallel; arguments go to pytest."""
    session.install("-e", ".[dev]")
    _tests(session)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and the import layers."""
    session.install("ruff>=0.12", "import-linter>=2.16")
    _lint(session)


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the package, strictly."""
    session.install("-e", ".[dev]")
    _types(session)


def _tests(session: nox.Session) -> None:
    workers = os.environ.get("PYTEST_WORKERS", "2")
    session.run("pytest", "-q", "-n", workers, "--dist", "worksteal", *session.posargs)


def _lint(session: nox.Session) -> None:
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", env={"PYTHONPATH": "."})


def _types(session: nox.Session) -> None:
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
    session.install(".")
    session.run("harness", "prove", *session.posargs)


@nox.session
def peers(session: nox.Session) -> None:
    """Show which defects plain Schemathesis finds beside the harness, on the same mock."""
    session.install("-e", ".[dev]")
    session.run("python", "bench/peers.py", *session.posargs)
