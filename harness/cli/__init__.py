"""The command line: build everything, run a flat list of steps, map the verdict to an exit."""

from harness.cli.app import main

__all__ = ["main"]
