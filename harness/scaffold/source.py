"""A vendor's own document, as the specification of a new vendor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.document.messages import kind
from harness.document.reader import Document
from harness.scaffold.mend import about, mended
from harness.spec.bundle import bundle
from harness.spec.openapi import specification_of
from harness.spec.parts import METHODS
from harness.spec.swagger import from_swagger
from harness.spec.upgrade import upgraded

SOURCE = "x-source"
_UNFIT = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Source:
    """A document of OpenAPI 3.1 in which each operation has a name and a source.

    `was`: what the file was, such as "Swagger 2.0". `named`: the operations that had no name, or
    one that another had. `mended`: what else was changed, so that it can be read.
    """

    document: Mapping[str, Any]
    file: str
    was: str
    named: tuple[str, ...]
    mended: tuple[str, ...]

    @property
    def title(self) -> str:
        """The name of the API."""
        info = self.document.get("info")
        title = info.get("title") if isinstance(info, Mapping) else None
        return title if isinstance(title, str) and title.strip() else Path(self.file).stem


def read_source(path: Path, within: str = "") -> Source:
    """Return a vendor's document of OpenAPI 3.1, 3.0 or Swagger 2, with the files it refers to.

    These files lie in its folder or below the working folder.
    Only paths that contain the text `within` are kept, with the components that they need.
    Raises `Problem` or `Problems`, with the lines of these files: what cannot be read, a document
    of another kind, and what no specification may have.
    """
    document = bundle(path, Path.cwd())
    value, was = _converted(document)
    if within:
        value = about(value, within)
        if not value["paths"]:
            raise document.problem(f"no path contains '{within}'", ("paths",))
    value, repaired = mended(deepcopy(value))
    named = tuple(_name(value))
    for path_name, method, node in operations(value):
        node.setdefault(SOURCE, f"{path.name}, {method.upper()} {path_name}")
    moved = {
        ("components", "schemas", *pointer[1:]): line
        for pointer, line in document.lines.items()
        if pointer[:1] == ("definitions",)
    }
    specification_of(replace(document, value=value, lines={**document.lines, **moved}))
    return Source(value, path.name, was, named, repaired)


def _converted(document: Document) -> tuple[dict[str, Any], str]:
    root = document.value
    if not isinstance(root, dict):
        raise document.problem(f"expected an OpenAPI document, saw {kind(root)}")
    swagger, version = str(root.get("swagger", "")), str(root.get("openapi", ""))
    if swagger.startswith("2"):
        return upgraded(from_swagger(root)), f"Swagger {swagger}"
    if version.startswith("3.0."):
        return upgraded(root), f"OpenAPI {version}"
    if version.startswith("3.1."):
        return root, f"OpenAPI {version}"
    key = "swagger" if swagger else "openapi"
    saw = f"'{swagger or version}'" if swagger or version else "nothing"
    message = f"{key}: expected OpenAPI 3.1, 3.0 or Swagger 2.0, saw {saw}"
    raise document.problem(message, (key,), "save the vendor's document as one of these")


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the path, the method and the node of each operation."""
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, Mapping) else ():
        for method in METHODS if isinstance(item, Mapping) else ():
            if isinstance(item.get(method), dict):
                yield path, method, item[method]


def _name(document: Mapping[str, Any]) -> Iterator[str]:
    """Give a name to each operation that has none of its own, and yield it."""
    known: Counter[str] = Counter()
    for path, method, node in operations(document):
        name = node.get("operationId")
        usable = isinstance(name, str) and name.strip()
        made = str(name) if usable else _UNFIT.sub("_", f"{method}{path}").strip("_")
        known[made] += 1
        if known[made] > 1:
            made = f"{made}_{known[made]}"
        if made != name:
            node["operationId"] = made
            yield made
