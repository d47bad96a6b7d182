"""The onboarding of a vendor: its dossier, from a new run or from an earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import click
import orjson
from rich.console import Console

from harness.contract.catalogue import Catalogue, Vendor
from harness.dossier.build import Sources, dossier
from harness.dossier.observed_fields import Response
from harness.model.result import RunSummary, VendorResult
from harness.model.verdict import Outcome
from harness.report.dossier import write_dossier
from harness.report.folder import write_all
from harness.report.result import canonical
from harness.report.terminal import print_summary
from harness.session.conclude import conclude, vendor_journals
from harness.session.settings import Settings
from harness.session.steps import catalogue_of, drive_vendors
from harness.wire.journal.reader import Told, read_journal, read_told

ENGINES = ("property", "scenario")


def onboard(vendor: str, settings: Settings, root: Path | None, as_json: bool) -> int:
    """Run contracts and properties against a vendor, write its dossier, return the exit code."""
    catalogue = drive_vendors((vendor,), settings, root)
    return _publish(catalogue, settings.folder, settings.folder, settings.engines, as_json)


def onboard_again(run: Path, out: Path | None, root: Path | None, as_json: bool) -> int:
    """Write the dossier of an earlier run without sending anything."""
    names = tuple(journal.name for journal in vendor_journals(run))
    return _publish(catalogue_of(root, names), run, out or run, ENGINES, as_json)


def _publish(
    catalogue: Catalogue, run: Path, folder: Path, engines: tuple[str, ...], as_json: bool
) -> int:
    result = conclude(catalogue, run)
    write_all(result, folder)
    journals = vendor_journals(run)
    written: list[Path] = []
    for part in result.vendors:
        journal = next(path for path in journals if path.name == part.vendor)
        told = _dossier(catalogue, result.run, part, journal, engines)
        written += write_dossier(told, folder, part.vendor if len(journals) > 1 else "")
    if as_json:
        click.echo(canonical(result), nl=False)
    else:
        print_summary(result, Console())
        for path in written:
            click.echo(f"dossier: {path}")
    return result.exit


def _dossier(
    catalogue: Catalogue,
    run: RunSummary,
    part: VendorResult,
    journal: Path,
    engines: tuple[str, ...],
) -> dict[str, Any]:
    vendor = catalogue.vendors[part.vendor]
    told = list(read_told(journal))
    sources = Sources(
        vendor=vendor,
        part=part,
        recorded=read_journal(journal),
        responses=list(_responses(told)),
        sent=frozenset(pair for one in told for pair in _sent(one, vendor)),
        engines=engines,
    )
    return dossier(run, sources)


def _responses(told: Iterable[Told]) -> Iterator[Response]:
    """Yield the responses that can be parsed: JSON, and not truncated in the journal."""
    for one in told:
        with suppress(orjson.JSONDecodeError):
            yield one.operation, one.status, orjson.loads(one.response)


def _sent(one: Told, vendor: Vendor) -> Iterator[tuple[str, str]]:
    """Yield the names of the values in a request, if it succeeded."""
    operation = vendor.specification.operations.get(one.operation)
    if one.outcome is not Outcome.OK or operation is None:
        return
    names = [parameter.name for parameter in operation.parameters if parameter.place == "path"]
    names += [name for name, _ in parse_qsl(urlsplit(one.path).query)]
    with suppress(orjson.JSONDecodeError):
        body = orjson.loads(one.body)
        names += list(body) if isinstance(body, dict) else []
    if operation.body is not None and "urlencoded" in operation.body.media_type:
        names += [name for name, _ in parse_qsl(one.body)]
    yield from ((one.operation, name) for name in names)
