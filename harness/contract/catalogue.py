"""All vendors found in a tree, read and checked against themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from harness.contract.binding import read_binding
from harness.contract.needs import VERBS, lacking, unseen, why_lacking
from harness.contract.requirement import (
    Law,
    read_laws,
    read_observed,
    read_requirements,
    read_waivers,
    unobservable,
)
from harness.contract.scenario import read_scenarios
from harness.contract.target import read_targets
from harness.contract.validate.declared import Declared
from harness.contract.validate.references import faults_of_common, misfits
from harness.contract.workload import WorkloadFile, read_defaults, read_workload, workload_paths
from harness.document.messages import choice, guess
from harness.document.reader import Problem, Problems, place_of, read_document, refuse
from harness.model.binding import Binding
from harness.model.operation import Specification
from harness.model.requirement import Observed, Requirement, Waiver
from harness.model.scenario import Scenario
from harness.model.target import Target
from harness.spec.openapi import read_specification

CONTRACTS = "contracts"
_COMMON = "common"
_BINDING = "binding.yaml"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Vendor:
    """Everything declared about one vendor.

    `name`, `title`: the folder's name, and the name that reports show.
    `specification`, `binding`, `targets`, `waivers`: as their files say.
    `requirements`: its own, then the laws that concern it.
    `scenarios`: the common ones, then its own.
    `workloads`: all that exist, by id; `lacking(workload.needs, binding)` is empty for its own.
    `observed`: what it did where no document says what it must do.
    `digest`: the SHA-256 of every file behind it.
    `root`: the folder that holds `contracts/`.
    """

    name: str
    title: str
    specification: Specification
    binding: Binding
    requirements: tuple[Requirement, ...]
    scenarios: tuple[Scenario, ...]
    workloads: Mapping[str, WorkloadFile]
    targets: Mapping[str, Target]
    waivers: tuple[Waiver, ...]
    digest: str
    root: Path
    observed: tuple[Observed, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The vendors of a tree, by the name of their folder."""

    vendors: Mapping[str, Vendor]


def find_root(given: Path | None = None) -> Path:
    """Return the folder that holds `contracts/`.

    It is the given one, else the working folder, else the copy packed into the wheel. Raises
    `Problem` when a given folder holds no contracts, or nothing is found at all.
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
    raise Problem(
        "neither the working folder nor the package holds contracts/",
        str(here),
        "go to the project's folder, or name it with --root",
    )


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
        raise Problem(
            f"no vendor is declared; expected a folder with {_BINDING}", place_of(root / CONTRACTS)
        )
    for name in vendors or ():
        if name not in known:
            raise _no_vendor(name, known)
    gathered = _Gathering()
    shared = _read_shared(root, known, gathered)
    wanted = known if vendors is None else [name for name in known if name in vendors]
    found = [_read_vendor(root, name, shared, gathered) for name in wanted]
    refuse(gathered.problems)
    return Catalogue({vendor.name: vendor for vendor in found if vendor is not None})


@dataclass(frozen=True, slots=True)
class _Gathering:
    problems: list[Problem] = field(default_factory=list)

    def take(self, read: Callable[[], T]) -> T | None:
        """Return what was read, or keep its problems and return nothing."""
        try:
            return read()
        except (Problem, Problems) as error:
            self.problems.extend(error.problems)
            return None


@dataclass(frozen=True, slots=True)
class _Shared:
    scenarios: tuple[Scenario, ...]
    laws: tuple[Law, ...]
    workloads: Mapping[str, WorkloadFile]
    whole: bool


def _read_shared(root: Path, known: Collection[str], gathered: _Gathering) -> _Shared:
    common = root / CONTRACTS / _COMMON
    bound = {verb for name in known for verb in _verbs_of(root / CONTRACTS / name / _BINDING)}
    scenarios = gathered.take(lambda: read_scenarios(common / "scenarios"))
    laws = gathered.take(lambda: read_laws(common / "laws.yaml"))
    gathered.problems.extend(faults_of_common(scenarios or (), bound))
    workloads: dict[str, WorkloadFile] = {}
    defaults = gathered.take(lambda: read_defaults(root / "loadtests"))
    for path in workload_paths(root / "loadtests"):
        workload = gathered.take(partial(read_workload, path, defaults))
        if workload is not None:
            workloads[workload.workload.id] = workload
            gathered.problems.extend(_unknown_verbs(workload, bound))
    whole = scenarios is not None and laws is not None
    return _Shared(scenarios or (), laws or (), workloads, whole)


def _verbs_of(path: Path) -> Iterator[str]:
    """Yield the verbs a binding names, even one that is not read or is not valid."""
    try:
        value = read_document(path).value
    except (Problem, Problems):
        return
    verbs = value.get("verbs") if isinstance(value, dict) else None
    yield from verbs if isinstance(verbs, dict) else ()


def _unknown_verbs(file: WorkloadFile, bound: Collection[str]) -> Iterator[Problem]:
    known = sorted({*VERBS, *bound})
    for verb in file.needs:
        if ":" not in verb and verb not in known:
            message = f"unknown verb '{verb}' in the workload {file.workload.id}"
            expected = f"expected {choice(known)}"
            yield Problem(f"{message}; {expected}", file.place, guess(verb, known))


def _read_vendor(root: Path, name: str, shared: _Shared, gathered: _Gathering) -> Vendor | None:
    folder = root / CONTRACTS / name
    specification_path = _specification_of(root, name)
    specification = gathered.take(lambda: read_specification(specification_path))
    rules = gathered.take(lambda: read_requirements(folder / "requirements.yaml"))
    own = gathered.take(lambda: read_scenarios(folder / "scenarios"))
    targets = gathered.take(lambda: read_targets(folder / "targets.yaml", name))
    waivers = gathered.take(lambda: read_waivers(folder / "waivers.yaml"))
    observed = gathered.take(lambda: read_observed(folder / "observed.yaml"))
    if specification is None:
        return None
    binding = gathered.take(lambda: read_binding(folder / _BINDING, specification))
    if binding is None or rules is None or own is None or targets is None or waivers is None:
        return None
    laws = tuple(_concerning(shared.laws, binding))
    if shared.whole:
        # What a broken common file declares is unknown, and nothing may be said against it.
        common = shared.scenarios
        declared = Declared(specification, binding, rules, laws, common, own, waivers)
        gathered.problems.extend(misfits(declared))
        gathered.problems.extend(unobservable(observed or (), (*shared.scenarios, *own)))
    return Vendor(
        name=name,
        title=binding.title,
        specification=specification,
        binding=binding,
        requirements=(*rules, *laws),
        scenarios=(*shared.scenarios, *own),
        workloads=shared.workloads,
        targets=targets,
        waivers=waivers,
        digest=_digest(root, name),
        root=root,
        observed=observed or (),
    )


def _concerning(laws: Iterable[Law], binding: Binding) -> Iterator[Requirement]:
    """Yield the laws that concern a vendor, those that cannot be seen there with that excuse."""
    for law in laws:
        missing = lacking(law.needs, binding)
        if not missing:
            yield law.requirement
        elif unseen(missing):
            yield replace(law.requirement, checks=(), excuse=why_lacking(missing))


def _specification_of(root: Path, name: str) -> Path:
    folder = root / "specs" / name
    json_path = folder / "openapi.json"
    return json_path if json_path.is_file() else folder / "openapi.yaml"


def _digest(root: Path, name: str) -> str:
    digest = hashlib.sha256()
    folders = (
        root / "specs" / name,
        root / CONTRACTS / name,
        root / CONTRACTS / _COMMON,
        root / "loadtests",
    )
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


def _no_vendor(name: str, known: Collection[str]) -> Problem:
    message = f"there is no vendor '{name}'; expected {choice(sorted(known))}"
    return Problem(message, "", guess(name, known))
