"""The folders that hold `contracts/`: the user's own, and the one that comes with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from harness.document.files import place_of
from harness.document.messages import Problem

CONTRACTS = "contracts"
COMMON = "common"
BINDING = "binding.yaml"


def find_root(given: Path | None = None) -> Path:
    """Return the folder that holds `contracts/`; raises `Problem` where there is none.

    It is the given one, else the working folder if its contracts/ has a vendor or common files,
    else the one that comes with the package.
    """
    if given is not None:
        if (given / CONTRACTS).is_dir():
            return given
        hint = "give the folder above contracts/" if given.name == CONTRACTS else ""
        raise Problem("the folder holds no contracts/", place_of(given), hint)
    here = Path.cwd()
    if _is_root(here):
        return here
    shipped = shipped_root()
    if shipped is None:
        message = "neither the working folder nor the package holds contracts/"
        raise Problem(message, str(here), "go to the project's folder, or name it with --root")
    return shipped


def shipped_root() -> Path | None:
    """Return the folder whose `contracts/` come with the package, None where they are missing.

    A wheel holds a copy of them; in a checkout they are beside the package.
    """
    package = Path(str(files("harness")))
    for folder in (package / "_data", package.parent):
        if (folder / CONTRACTS / COMMON).is_dir():
            return folder
    return None


def shipped_common(root: Path) -> Path | None:
    """Return the shipped laws and common scenarios, None where they are those of the root."""
    shipped = shipped_root()
    if shipped is None or shipped.resolve() == root.resolve():
        return None
    return shipped / CONTRACTS / COMMON


def list_vendors(root: Path) -> tuple[str, ...]:
    """Return the names of the folders of contracts/ that hold a binding, sorted."""
    return tuple(sorted(path.parent.name for path in (root / CONTRACTS).glob(f"*/{BINDING}")))


def foreign_contracts(folder: Path) -> bool:
    """Say whether a folder has a contracts/ in which nothing is declared for the harness."""
    return (folder / CONTRACTS).is_dir() and not _is_root(folder)


def _is_root(folder: Path) -> bool:
    return bool(list_vendors(folder)) or (folder / CONTRACTS / COMMON / "laws.yaml").is_file()
