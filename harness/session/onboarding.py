"""The onboarding of a vendor: its dossier, from the journal of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from harness.contract.catalogue import read_catalogue
from harness.contract.root import find_root
from harness.contract.vendor import Vendor
from harness.dossier.build import dossier
from harness.dossier.observed_fields import Response
from harness.dossier.questions import Sources
from harness.model.result import Result, RunSummary, VendorResult
from harness.model.verdict import Outcome
from harness.session.audit import vendor_journals
from harness.wire.journal.reader import RecordedExchange, read_exchanges, read_journal

ENGINES = ("property", "scenario")
"""The engines of an onboarding run: it generates no load."""


def dossiers(
    result: Result, folder: Path, root: Path | None = None
) -> Mapping[str, dict[str, Any]]:
    """Return the dossier of each vendor of a run, from its result and its journals."""
    journals = {journal.name: journal for journal in vendor_journals(folder)}
    vendors = read_catalogue(find_root(root), tuple(journals)).vendors
    return {
        part.vendor: _dossier(result.run, part, vendors[part.vendor], journals[part.vendor])
        for part in result.vendors
    }


def _dossier(run: RunSummary, part: VendorResult, vendor: Vendor, journal: Path) -> dict[str, Any]:
    told = list(read_exchanges(journal))
    sent = frozenset(pair for one in told for pair in _sent(one, vendor))
    sources = Sources(vendor, part, read_journal(journal), list(_responses(told)), sent)
    return dossier(run, sources)


def _responses(told: Iterable[RecordedExchange]) -> Iterator[Response]:
    """Yield the responses that can be parsed: JSON, and not truncated in the journal."""
    for one in told:
        with suppress(orjson.JSONDecodeError):
            yield one.operation, one.status, orjson.loads(one.response.removeprefix("\ufeff"))


def _sent(one: RecordedExchange, vendor: Vendor) -> Iterator[tuple[str, str]]:
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
