"""All vendors found in a tree, read and checked against themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.contract.binding import read_binding
from harness.contract.needs import lacking, unseen, why_lacking
from harness.contract.requirement import Law, read_observed, read_requirements, read_waivers
from harness.contract.root import (
    BINDING,
    COMMON,
    CONTRACTS,
    find_root,
    list_vendors,
    shipped_common,
)
from harness.contract.scenario import read_scenarios
from harness.contract.shared import Gathering, Replacement, Shared, read_shared
from harness.contract.target import read_targets
from harness.contract.validate.references import misfits
from harness.contract.vendor import Vendor
from harness.document.files import BYTES_MAX, place_of
from harness.document.messages import unknown_name
from harness.document.reader import Problem, refuse
from harness.model.binding import Binding
from harness.model.requirement import Requirement
from harness.spec.openapi import read_specification


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The vendors of a tree, by the name of their folder.

    `replacements`: the laws and common scenarios of the tree that replace shipped ones.
    `laws`: those that any points ledger may be asked to keep.
    """

    vendors: Mapping[str, Vendor]
    replacements: tuple[Replacement, ...] = ()
    laws: tuple[Law, ...] = ()


def read_catalogue(root: Path | None = None, vendors: Collection[str] | None = None) -> Catalogue:
    """Return the named vendors of a tree, all of them by default.

    `root` is the folder that holds contracts/, specs/ and loadtests/; None finds it (`find_root`).
    The laws and common scenarios of the package count in every tree; one of the tree replaces the
    shipped one with its id.
    Raises `Problem` for an unknown vendor, and `Problems` with the mistakes of every file that was
    read: a mistake in one vendor does not hide those of another.
    """
    root = find_root() if root is None else root
    known = list_vendors(root)
    if not known:
        message = f"no vendor is declared; expected a folder with {BINDING}"
        hint = "write one with `harness new VENDOR`"
        raise Problem(message, place_of(root / CONTRACTS), hint)
    for name in vendors or ():
        if name not in known:
            raise unknown_name(f"there is no vendor '{name}'", "", name, sorted(known))
    gathered = Gathering()
    shared = read_shared(root, known, gathered)
    wanted = known if vendors is None else [name for name in known if name in vendors]
    found = [_read_vendor(root, name, shared, gathered) for name in wanted]
    refuse(gathered.problems)
    read = {vendor.name: vendor for vendor in found if vendor is not None}
    return Catalogue(read, shared.replacements, shared.laws or ())


def _read_vendor(root: Path, name: str, shared: Shared, gathered: Gathering) -> Vendor | None:
    folder = root / CONTRACTS / name
    written = root / "specs" / name / "openapi.json"
    written = written if written.exists() else written.with_suffix(".yaml")
    specification = gathered.take(read_specification, written, root)
    rows = gathered.take(read_requirements, folder / "requirements.yaml")
    own = gathered.take(read_scenarios, folder / "scenarios")
    targets = gathered.take(read_targets, folder / "targets.yaml", name)
    waivers = gathered.take(read_waivers, folder / "waivers.yaml")
    observed = gathered.take(read_observed, folder / "observed.yaml")
    if specification is None:
        return None
    binding = gathered.take(read_binding, folder / BINDING, specification)
    if binding is None or rows is None or own is None or targets is None or waivers is None:
        return None
    laws = tuple(_concerning(shared.laws or (), binding))
    vendor = Vendor(
        name=name,
        title=binding.title,
        specification=specification,
        binding=binding,
        requirements=(*rows, *laws),
        scenarios=(*(shared.scenarios or ()), *own),
        workloads=shared.workloads,
        targets=targets,
        waivers=waivers,
        digest=_digest(root, name),
        root=root,
        observed=observed or (),
    )
    # What a common file with mistakes declares is unknown, so nothing can be compared with it.
    if shared.scenarios is not None and shared.laws is not None:
        gathered.problems.extend(misfits(vendor, shared.scenarios, laws))
    return vendor


def _concerning(laws: Iterable[Law], binding: Binding) -> Iterator[Requirement]:
    """Yield the laws that concern a vendor, with an excuse where no response could show them."""
    for law in laws:
        missing = lacking(law.needs, binding)
        if not missing:
            yield law.requirement
        elif unseen(missing):
            yield replace(law.requirement, checks=(), excuse=why_lacking(missing))


def _digest(root: Path, name: str) -> str:
    digest = hashlib.sha256()
    contracts = root / CONTRACTS
    own = [root / "specs" / name, contracts / name, contracts / COMMON, root / "loadtests"]
    shipped = shipped_common(root)
    for base, folders in ((root, own), (shipped, [] if shipped is None else [shipped])):
        for path in (p for folder in folders for p in sorted(folder.rglob("*")) if p.is_file()):
            size = path.stat().st_size
            digest.update(f"{path.relative_to(base or root).as_posix()} {size}\n".encode())
            if size <= BYTES_MAX:
                digest.update(path.read_bytes())
    return digest.hexdigest()
