"""The command that serves a vendor's mock."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from harness import mock
from harness.cli.target import write_new
from harness.contract.catalogue import read_catalogue
from harness.contract.inputs.form import Server, filled_form, variables_of
from harness.contract.root import find_root
from harness.document.messages import choice, require_known
from harness.mock.faults import DUPLICATING
from harness.session.target import parse_faults


def serve_mock(
    vendor: str,
    port: int,
    defects: Sequence[str],
    faults: Sequence[str],
    seed: int,
    targets_out: Path | None = None,
) -> int:
    """Serve the mock in a child process until it or this process is stopped."""
    require_known(vendor, mock.vendors(), f"no mock of {vendor!r}")
    known = {defect.id for defect in mock.catalogue(vendor)}
    for name in defects:
        message = f"{vendor}'s mock has no defect {name!r}; expected {choice(sorted(known))}"
        require_known(name, known, message)
    rates = parse_faults(faults)
    command = mock.command(vendor, port=port, defects=defects, faults=rates, seed=seed)
    said = None if targets_out is None else subprocess.PIPE
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, text=True)
    try:
        line = child.stdout.readline() if child.stdout is not None else ""
        if targets_out is not None and line:
            duplicated = any(kind in DUPLICATING for kind in rates)
            _write_target(vendor, json.loads(line), targets_out, duplicated=duplicated)
            click.echo(line, nl=False)
        return child.wait()
    except BaseException as error:
        child.send_signal(signal.SIGTERM)
        code = child.wait()
        if not isinstance(error, KeyboardInterrupt):
            raise
        return code


def _write_target(vendor: str, ready: dict[str, Any], path: Path, *, duplicated: bool) -> None:
    """Write the targets file of a mock that is running, and the exports of its secrets."""
    known = read_catalogue(find_root(), (vendor,)).vendors[vendor]
    delivery = "at-least-once" if duplicated else "once"
    limits = {"deadline_seconds": 2, "delivery": delivery}
    server = Server(ready["base_url"], ready["values"], ready["members"], "allow", limits)
    exports = path.with_name(f"{path.name}.env")
    variables = variables_of(known)
    lines = [f"export {variables[n]}={shlex.quote(v)}" for n, v in ready["secrets"].items()]
    for file, text, mode in (
        (path, filled_form(known, server), 0o644),
        (exports, "\n".join([*lines, ""]), 0o600),
    ):
        file.unlink(missing_ok=True)  # those of an earlier mock name its port and secrets
        write_new(file, text, mode)
    click.echo(f". {exports}; harness check {vendor} --targets {path}", err=True)


def list_defects(vendor: str) -> int:
    """Print the seeded defects of the vendor's mock."""
    require_known(vendor, mock.vendors(), f"no mock of {vendor!r}")
    for defect in mock.catalogue(vendor):
        click.echo(f"{defect.id:36} {defect.sentence}")
    return 0
