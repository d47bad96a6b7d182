"""The command that serves a vendor's mock."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence

import click

from harness import mock
from harness.document.messages import require_known
from harness.session.target import parse_faults


def serve_mock(
    vendor: str, port: int, defects: Sequence[str], faults: Sequence[str], seed: int
) -> int:
    """Serve the mock in a child process until it or this process is stopped."""
    require_known(vendor, mock.vendors(), f"no mock of {vendor!r}")
    command = mock.command(
        vendor, port=port, defects=defects, faults=parse_faults(faults), seed=seed
    )
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.send_signal(signal.SIGTERM)
        return child.wait()


def list_defects(vendor: str) -> int:
    """Print the seeded defects of the vendor's mock."""
    require_known(vendor, mock.vendors(), f"no mock of {vendor!r}")
    for defect in mock.catalogue(vendor):
        click.echo(f"{defect.id:36} {defect.sentence}")
    return 0
