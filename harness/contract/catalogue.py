"""All vendors found in a tree, read and checked against themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from harness.contract.binding import read_binding
from harness.contract.needs import lacking, unknown_verbs, unseen, why_lacking
from harness.contract.requirement import (
    Law,
    read_laws,
    read_observed,
    read_requirements,
    read_waivers,
)
from harness.contract.scenario import read_scenarios
from harness.contract.target import read_targets
from harness.contract.validate.references import faults_of_common, misfits
from harness.contract.vendor import Vendor
from harness.contract.workload import WorkloadFile, read_defaults, read_workload, workload_paths
from harness.document.messages import unknown_name
from harness.document.reader import Problem, Problems, place_of, read_document, refuse
from harness.model.binding import Binding
from harness.model.requirement import Requirement
from harness.model.scenario import Scenario
from harness.spec.openapi import read_specification

CONTRACTS = "contracts"
_COMMON = "common"
_BINDING = "binding.yaml"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The vendors of a tree, by the name of their folder."""

    vendors: Mapping[str, Vendor]


def find_root(given: Path | None = None) -> Path:
    """Return the folder that holds `contracts/`; raises `Problem` where there is none.

    It is the given one, else the working folder, else the copy packed into the wheel.
    """
    if given is not None:
        if (given / CONTRACTS).is_dir():
            return given
        hint = "give the folder above contracts/" if given.name == CONTRACTS else ""
        raise Problem("the folder holds no contracts/", place_of(given), hint)
    here = Path.cwd()
    packed = Path(str(files("harness").joinpath("_data")))
    for folder in (here, packed):
        if (folder / CONTRACTS).is_dir():
            return folder
    message = "neither the working folder nor the package holds contracts/"
    raise Problem(message, str(here), "go to the project's folder, or name it with --root")


def list_vendors(root: Path) -> tuple[str, ...]:
    """Return the names of the folders of contracts/ that hold a binding, sorted."""
    return tuple(sorted(path.parent.name for path in (root / CONTRACTS).glob(f"*/{_BINDING}")))


def read_catalogue(root: Path | None = None, vendors: Collection[str] | None = None) -> Catalogue:
    """Return the named vendors of a tree, all of them by default.

    `root` is the folder that holds contracts/, specs/ and loadtests/; None finds it (`find_root`).
    Raises `Problem` for an unknown vendor, and `Problems` with the mistakes of every file that was
    read: a mistake in one vendor does not hide those of another.
    """
    root = find_root() if root is None else root
    known = list_vendors(root)
    if not known:
        message = f"no vendor is declared; expected a folder with {_BINDING}"
        raise Problem(message, place_of(root / CONTRACTS))
    for name in vendors or ():
        if name not in known:
            raise unknown_name(f"there is no vendor '{name}'", "", name, sorted(known))
    gathered = _Gathering()
    shared = _read_shared(root, known, gathered)
    wanted = known if vendors is None else [name for name in known if name in vendors]
    found = [_read_vendor(root, name, shared, gathered) for name in wanted]
    refuse(gathered.problems)
    return Catalogue({vendor.name: vendor for vendor in found if vendor is not None})


@dataclass(frozen=True, slots=True)
class _Gathering:
    problems: list[Problem] = field(default_factory=list)

    def take(self, read: Callable[..., T], *arguments: Any) -> T | None:
        """Return what was read, or keep its problems and return nothing."""
        try:
            return read(*arguments)
        except (Problem, Problems) as error:
            self.problems.extend(error.problems)
            return None


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all vendors share; scenarios and laws are None where their files have mistakes."""

    scenarios: tuple[Scenario, ...] | None
    laws: tuple[Law, ...] | None
    workloads: Mapping[str, WorkloadFile]


def _read_shared(root: Path, known: Collection[str], gathered: _Gathering) -> _Shared:
    common, loads = root / CONTRACTS / _COMMON, root / "loadtests"
    bound = {verb for name in known for verb in _verbs_of(root / CONTRACTS / name / _BINDING)}
    scenarios = gathered.take(read_scenarios, common / "scenarios")
    laws = gathered.take(read_laws, common / "laws.yaml")
    gathered.problems.extend(faults_of_common(scenarios or (), bound))
    workloads: dict[str, WorkloadFile] = {}
    defaults = gathered.take(read_defaults, loads)
    for path in workload_paths(loads):
        file = gathered.take(read_workload, path, defaults)
        if file is not None:
            workloads[file.workload.id] = file
            where = f"the workload {file.workload.id}"
            named = ((verb, file.place) for verb in file.needs)
            gathered.problems.extend(unknown_verbs(where, named, bound))
    return _Shared(scenarios, laws, workloads)


def _verbs_of(path: Path) -> Iterator[str]:
    """Yield the verbs that a binding names, even an invalid one."""
    try:
        value = read_document(path).value
    except (Problem, Problems):
        return
    verbs = value.get("verbs") if isinstance(value, dict) else None
    yield from verbs if isinstance(verbs, dict) else ()


def _read_vendor(root: Path, name: str, shared: _Shared, gathered: _Gathering) -> Vendor | None:
    folder = root / CONTRACTS / name
    written = root / "specs" / name / "openapi.json"
    written = written if written.is_file() else written.with_suffix(".yaml")
    specification = gathered.take(read_specification, written)
    rows = gathered.take(read_requirements, folder / "requirements.yaml")
    own = gathered.take(read_scenarios, folder / "scenarios")
    targets = gathered.take(read_targets, folder / "targets.yaml", name)
    waivers = gathered.take(read_waivers, folder / "waivers.yaml")
    observed = gathered.take(read_observed, folder / "observed.yaml")
    if specification is None:
        return None
    binding = gathered.take(read_binding, folder / _BINDING, specification)
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
    for folder in (
        root / "specs" / name,
        contracts / name,
        contracts / _COMMON,
        root / "loadtests",
    ):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()
