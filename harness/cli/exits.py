"""How a command ends: its exit code, also after a mistake, a failure or a signal."""

from __future__ import annotations

import errno
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from harness.document.characters import visible

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_OFFSET = 128
USAGE = 2
HARNESS_ERROR = 6
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)


class Interrupted(KeyboardInterrupt):
    """A signal asked the command to end; `exit` is its exit code, 128 and the signal's number."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit = exit_of(number)


def exit_of(number: int) -> int:
    """Return the exit code of a command that a signal ended."""
    return _OFFSET + number


def listen() -> None:
    """Raise Interrupted in the main thread at the first SIGINT or SIGTERM; the next ends all.

    Both are taken even where the parent ignores them, as shells do for background jobs.
    """
    for number in SIGNALS:
        signal.signal(number, _interrupt)


def _interrupt(number: int, _: FrameType | None) -> None:
    for each in SIGNALS:
        signal.signal(each, _end)
    raise Interrupted(number)


def _end(number: int, _: FrameType | None) -> None:
    # Children end by themselves, as their standard input closes with this process.
    os._exit(exit_of(number))


class Commands(click.Group):
    """The commands: each returns its exit code, and none ends in a traceback."""

    def invoke(self, ctx: click.Context) -> NoReturn:
        """Run a command and exit; click would give an interruption the exit code of a violation."""
        said = ""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt as interruption:
            code, said = getattr(interruption, "exit", exit_of(signal.SIGINT)), "interrupted"
        except Exception as error:
            code, said = _failure(error)
        if said:
            click.echo(f"harness: {visible(said)}", err=True)
        ctx.exit(code)


def _failure(error: Exception) -> tuple[int, str]:
    """Return the exit code of a command that raised an error, and what its user is told."""
    from harness.document.messages import Problem, Problems
    from harness.session.target import TargetUnavailable

    if isinstance(error, Problem | Problems):
        return USAGE, str(error)
    if isinstance(error, TargetUnavailable):
        return HARNESS_ERROR, str(error)
    if isinstance(error, OSError) and error.filename is not None:
        hint = "; name another folder with --out" if error.errno in _UNWRITABLE else ""
        return HARNESS_ERROR, f"cannot write {error.filename}: {error.strerror}{hint}"
    return HARNESS_ERROR, f"{type(error).__name__}: {error}"
