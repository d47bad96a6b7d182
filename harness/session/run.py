"""A run by import: the engines on each vendor, then the audit of their journals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from harness import mock
from harness.contract.catalogue import Catalogue, read_catalogue
from harness.contract.root import find_root
from harness.document.messages import Problem, choice, guess, require_known
from harness.model.progress import OnProgress, phase_of
from harness.model.result import Result
from harness.report.folder import require_writable
from harness.session.audit import audit_journals
from harness.session.engines import VendorRun, run_engines
from harness.session.options import ENGINES, PROFILES, Options, Run
from harness.session.target import choose, open_target, parse_faults, require_whole


def run(
    vendors: str | Iterable[str] = (),
    *,
    target: str = "",
    targets_file: str | Path | None = None,
    root: str | Path | None = None,
    seed: int | None = None,
    profile: str = "ci",
    engines: Iterable[str] = ENGINES,
    only: str = "",
    workload: str = "",
    defects: Iterable[str] = (),
    faults: Mapping[str, float] | None = None,
    strict: bool = False,
    out: str | Path | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Test vendors (all that are declared by default) and return what was found.

    The keywords are those of `Options`, which describes them. Each vendor's journal is written
    below `out`/journal (default: reports/<run id>); `write_reports` adds the reports.
    `on_progress` is called with a Progress whenever something advances, from any thread.

    Raises Problem for an unknown name or an `out` that holds a run already, Problems for invalid
    declarations and a target that lacks what every run needs, and TargetUnavailable where the
    server cannot be started. What the vendor does wrong raises nothing: it stands in the result.
    """
    options = Options(
        target=target,
        targets_file=_path(targets_file),
        root=_path(root),
        seed=seed,
        profile=profile,
        engines=tuple(engines),
        only=only,
        workload=workload,
        defects=tuple(defects),
        faults=dict(faults or {}),
        strict=strict,
        out=_path(out),
    )
    names = (vendors,) if isinstance(vendors, str) else tuple(vendors)
    return run_vendors(names, Run(options), on_progress or (lambda _: None))


def run_vendors(names: Collection[str], made: Run, on_progress: OnProgress) -> Result:
    """Run the engines on each vendor, and audit the journals that leaves in the run's folder."""
    catalogue = read_catalogue(find_root(made.options.root), names or None)
    _require_known_names(catalogue, made.options)
    if (made.folder / "journal").exists():
        raise Problem("a run has been written here already", place=str(made.folder))
    require_writable(made.folder)
    for vendor in catalogue.vendors.values():
        journal = made.folder / "journal" / vendor.name
        with open_target(vendor, made.options) as opened:
            run_engines(VendorRun(vendor, opened, made, journal, on_progress))
    with phase_of("audit", on_progress):
        return audit_journals(catalogue, made.folder)


def _require_known_names(catalogue: Catalogue, options: Options) -> None:
    for kind, names, known in (
        ("profile", (options.profile,), tuple(PROFILES)),
        ("engine", options.engines, ENGINES),
    ):
        for name in names:
            require_known(name, known, f"unknown {kind} {name!r}; expected {', '.join(known)}")
    for vendor in catalogue.vendors.values():
        require_whole(vendor, choose(vendor, options))
        _require_defects(vendor.name, options.defects)
        if options.running == ("load",) and not vendor.workloads:
            message = f"{vendor.name} has no workload, as none is declared"
            raise Problem(message, str(vendor.root / "loadtests"), "write one: docs/tutorial.md")
        if name := options.workload:
            require_known(name, vendor.workloads, f"{vendor.name} has no workload {name!r}")
    if options.only and "scenario" not in options.engines:
        raise Problem("`only` selects scenarios, and this run plays none", hint="leave it out")
    scenarios = {one.id for vendor in catalogue.vendors.values() for one in vendor.scenarios}
    if not any(options.only in name for name in scenarios):
        message = f"no scenario has {options.only!r} in its id"
        raise Problem(message, hint=guess(options.only, scenarios))
    parse_faults([f"{kind}={rate}" for kind, rate in options.faults.items()])


def _require_defects(vendor: str, names: Collection[str]) -> None:
    known = {defect.id for defect in mock.catalogue(vendor)} if names else set()
    expected = f"; expected {choice(sorted(known))}" if known else ""
    for name in names:
        require_known(name, known, f"{vendor}'s mock has no defect {name!r}{expected}")


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)
