"""Signals that end a command early, and the exit code it then has."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Any

import click

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_OFFSET = 128


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
    """The commands, which an interruption ends with the exit code of its signal."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; click would give an interruption the exit code of a violation."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interruption:
            click.echo("harness: interrupted", err=True)
            ctx.exit(getattr(interruption, "exit", exit_of(signal.SIGINT)))
