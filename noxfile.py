"""The project's sessions: `nox` runs what a change needs, `nox -s NAME` one of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import nox

ROOT = Path(__file__).parent
LOCK = "constraints.txt"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["change"]
nox.options.reuse_existing_virtualenvs = True


def _works(version: str) -> bool:
    """Tell whether an interpreter is there; the name alone may be a shim of a version manager."""
    found = shutil.which(f"python{version}")
    return bool(found) and subprocess.run([found or "", "-V"], capture_output=True).returncode == 0


@nox.session
def change(session: nox.Session) -> None:
    """Run all that a change needs, in one environment: lint, types, tests, and a part of prove."""
    _install(session, "-e", ".[dev]")
    _lint(session)
    session.run("mypy")
    _tests(session)
    session.run("harness", "prove", "--sample", "--seeds", "1", "--jobs", "3")


@nox.session(python=[version for version in PYTHONS if _works(version)] or None)
def tests(session: nox.Session) -> None:
    """Run the tests in parallel with every interpreter that is there; arguments go to pytest."""
    _install(session, "-e", ".[dev]")
    _tests(session)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format, the import layers and the declarations."""
    _install(session, "-e", ".[dev]")
    _lint(session)


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, strictly."""
    _install(session, "-e", ".[dev]")
    session.run("mypy")


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure which lines and branches the tests run, in child processes too."""
    _install(session, "-e", ".[dev]")
    session.run("coverage", "erase")
    _tests(session, "coverage", "run", "-m")
    session.run("coverage", "combine", "-q")
    session.run("coverage", "report")


@nox.session
def newest(session: nox.Session) -> None:
    """Run the tests with the newest releases that pyproject.toml allows."""
    session.install("-U", "--upgrade-strategy", "eager", "-e", ".[dev]")
    _tests(session)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the tests with the lower bounds of pyproject.toml."""
    _install(session, "uv")
    bounds = str(Path(session.virtualenv.location) / "lowest.txt")
    _compile(session, bounds, "--resolution", "lowest-direct", "--extra", "dev")
    session.install("-r", bounds)
    session.install("--no-deps", "-e", ".")
    _tests(session)


@nox.session
def lock(session: nox.Session) -> None:
    """Pin the newest allowed release of everything in constraints.txt, for all interpreters."""
    session.install("uv")
    (ROOT / LOCK).unlink(missing_ok=True)
    _compile(session, LOCK, "--universal", "--python-version", PYTHONS[0], "--all-extras")


@nox.session
def gate(session: nox.Session) -> None:
    """Gate every vendor on its mock; arguments go to `harness gate`."""
    _install(session, ".")
    session.run("harness", "gate", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the hot paths as ratios against named peers in the same run."""
    _install(session, "-e", ".[dev,bench]")
    session.run("python", "bench/load.py", *session.posargs)
    session.run("python", "bench/mock.py")


@nox.session
def prove(session: nox.Session) -> None:
    """Show that every seeded defect is killed and that no correct server gets a finding."""
    _install(session, ".")
    session.run("harness", "prove", *session.posargs)


@nox.session
def peers(session: nox.Session) -> None:
    """Show which defects plain Schemathesis finds beside the harness, on the same mock."""
    _install(session, "-e", ".[dev]")
    session.run("python", "bench/peers.py", *session.posargs)


def _install(session: nox.Session, *what: str) -> None:
    """Install the locked releases, those that build the package too."""
    pinned = {"PIP_CONSTRAINT": str(ROOT / LOCK), "PIP_BUILD_CONSTRAINT": str(ROOT / LOCK)}
    session.install(*what, env=pinned)


def _tests(session: nox.Session, *runner: str) -> None:
    workers = os.environ.get("PYTEST_WORKERS", "3")
    session.run(*runner, "pytest", "-q", "-n", workers, "--dist", "worksteal", *session.posargs)


def _lint(session: nox.Session) -> None:
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", env={"PYTHONPATH": "."})
    session.run("harness", "lint", silent=True)


def _compile(session: nox.Session, target: str, *options: str) -> None:
    """Write the releases that meet pyproject.toml, without the place they come from."""
    written = ("--no-annotate", "--no-emit-index-url", "--custom-compile-command", "nox -s lock")
    session.run("uv", "pip", "compile", "-q", *written, *options, "pyproject.toml", "-o", target)
