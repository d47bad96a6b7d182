"""One document of an OpenAPI or Swagger file and of the files that it refers to."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from os.path import normpath, realpath
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from harness.document.files import fault_of_file, is_below
from harness.document.messages import PROBLEMS_MAX, Problem, Problems, refuse
from harness.document.pointer import MISSING, find, split
from harness.document.reader import Document, Pointer, read_document

VALUES = frozenset({"example", "examples", "default", "enum", "const"})
"""Keys whose values are data, in which a `$ref` or `schema` means nothing."""

_SCHEMAS = frozenset(
    {"properties", "patternProperties", "dependentSchemas", "$defs", "schemas", "definitions"}
)
NAMED = frozenset(
    {"paths", "callbacks", "content", "headers", "links", "parameters", "pathItems"}
    | {"requestBodies", "responses", "securitySchemes"}
    | _SCHEMAS
)
"""Keys whose values have names as keys, such as a property or a response that is called default."""

_KINDS: Mapping[str, str] = {
    "parameters": "parameters",
    "requestBody": "requestBodies",
    "requestBodies": "requestBodies",
    "responses": "responses",
    "headers": "headers",
    "examples": "examples",
    "links": "links",
    "callbacks": "callbacks",
    "securitySchemes": "securitySchemes",
}
"""Key above a reference to the section of the components to which it refers; others are schemas."""

_SWAGGER: Mapping[str, str] = {"schemas": "definitions"}
_HOPS = 16
_LINES_MAX = 500_000
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


def bundle(path: Path, within: Path | None = None) -> Document:
    """Return the document of a file in which every reference stays within the document.

    What stands in another file becomes a component, under the name that it has there; a path that
    refers elsewhere is written out. Places name the file in which a part stands. A document without
    references to other files is returned as it was read. Other files must lie in the folder of this
    one, or below `within`. Raises `Problem` or `Problems`: files that are missing or malformed,
    references to an address or a file elsewhere, and those that name nothing in their file.
    """
    root = read_document(path)
    if not isinstance(root.value, dict) or not any(_foreign(root.value)):
        return root
    folders = (Path(realpath(path)).parent, *(() if within is None else (within,)))
    sources = _Sources(root, folders, {path.resolve(): root})
    bundler = _Bundler(root, sources)
    value = bundler.document()
    refuse(sources.problems)
    return replace(root, value=value, lines=bundler.lines, files=bundler.files)


def _foreign(node: Any, pointer: Pointer = ()) -> Iterator[Pointer]:
    """Yield the pointers of references that leave the document, and of paths that refer at all."""
    for at, inner in mappings(node, pointer):
        reference = inner.get("$ref")
        if isinstance(reference, str) and (_is_path(at) or not reference.startswith("#")):
            yield at


def _is_path(pointer: Pointer) -> bool:
    return pointer[:-1] in (("paths",), ("components", "pathItems"))


def mappings(node: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """Yield every mapping of a document that is not within a value, with its pointer."""
    if isinstance(node, dict):
        yield pointer, node
        named = bool(pointer) and pointer[-1] in NAMED
        for key, item in node.items():
            if named or not (key in VALUES or key.startswith("x-")):
                yield from mappings(item, (*pointer, key))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from mappings(item, (*pointer, index))


@dataclass(frozen=True, slots=True)
class _Sources:
    """The files of one document.

    `root`: the first; `folders`: those that hold all others; `read`: the files read so far, None
    where one is malformed; `problems`: those of files and of references to them.
    """

    root: Document
    folders: tuple[Path, ...]
    read: dict[Path, Document | None]
    problems: list[Problem] = field(default_factory=list)

    def target(
        self, reference: str, document: Document, at: Pointer
    ) -> tuple[Document | None, str]:
        """Return the file that a reference of a document names, and the pointer within it."""
        file, _, pointer = reference.partition("#")
        pointer = unquote(pointer)
        if "://" in file:
            message = f"the reference '{reference}' names an address, which is not followed"
            hint = "save it as a file beside this one, and refer to that"
            return self.report(document, message, at, hint)
        other = document
        if file:
            path = Path(normpath(document.path.parent / unquote(file)))
            if not is_below(path, *self.folders):
                message = f"the reference '{file}' leads out of the folder {self.folders[-1]}"
                return self.report(document, message, at, "put the file there")
            why, hint = fault_of_file(path)
            if why:
                return self.report(document, f"the reference names '{file}': {why}", at, hint)
            found = self.file(path)
            if found is None:
                return None, ""
            other = found
        if pointer and not pointer.startswith("/"):
            return self.report(document, f"'#{pointer}' is not a JSON pointer", at, "")
        if other is not self.root and find(other.value, pointer) is MISSING:
            return self.report(document, f"nothing found at the reference '{reference}'", at, "")
        return other, pointer

    def file(self, path: Path) -> Document | None:
        """Return a file, None where it is malformed, which is reported once."""
        key = path.resolve()
        if key not in self.read:
            try:
                self.read[key] = read_document(path)
            except (Problem, Problems) as error:
                self.problems.extend(error.problems)
                self.read[key] = None
        return self.read[key]

    def report(self, document: Document, message: str, at: Pointer, hint: str) -> tuple[None, str]:
        """Keep a problem of a reference, which then has no target."""
        self.problems.append(document.problem(message, at, hint))
        if len(self.problems) > PROBLEMS_MAX:
            refuse(self.problems)
        return None, ""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a file, by its place there, and its place in the document."""

    section: str
    name: str
    document: Document
    at: Pointer
    home: Pointer


@dataclass(frozen=True, slots=True)
class _Bundler:
    """The parts of all files, as they are put into one document.

    `homes`: where the parts of other files stand in the document, by file and pointer; `added`:
    these parts; `waiting`: those that are still to be put there; `lines` and `files`: the line and
    file of each pointer.
    """

    root: Document
    sources: _Sources
    homes: dict[tuple[Path, str], str] = field(default_factory=dict)
    added: dict[str, dict[str, Any]] = field(default_factory=dict)
    waiting: deque[_Part] = field(default_factory=deque)
    lines: dict[Pointer, int] = field(default_factory=dict)
    files: dict[Pointer, Path] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the whole document."""
        self.lines.update(self.root.lines)
        value: dict[str, Any] = self.part(self.root, (), ())
        while self.waiting:
            one = self.waiting.popleft()
            self.located(one.document, one.at, one.home)
            self.added[one.section][one.name] = self.part(one.document, one.at, one.home)
        for section, parts in self.added.items():
            swagger = "swagger" in value
            holder = value if swagger else value.setdefault("components", {})
            holder.setdefault(section, {}).update(parts)
        return value

    def part(self, document: Document, at: Pointer, home: Pointer) -> Any:
        """Return the part at a pointer of a file, to stand at `home`, with its references moved."""
        node = find(document.value, _written(at))
        return self.moved(node, document, at, home)

    def moved(self, node: Any, document: Document, at: Pointer, home: Pointer) -> Any:
        """Return a node with references that hold in the bundled document."""
        if isinstance(node, list):
            pairs = enumerate(node)
            return [self.moved(item, document, (*at, i), (*home, i)) for i, item in pairs]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str) and not (home and home[-1] in NAMED):
            if _is_path(home):
                return self.path_item(node, document, at, home)
            return {**node, "$ref": self.reference(reference, document, at, home)}
        named = bool(home) and home[-1] in NAMED
        return {
            key: item
            if not named and (key in VALUES or key.startswith("x-"))
            else self.moved(item, document, (*at, key), (*home, key))
            for key, item in node.items()
        }

    def path_item(self, node: Any, document: Document, at: Pointer, home: Pointer) -> Any:
        """Return a path whose reference is written out; keys beside the reference are kept."""
        for _ in range(_HOPS):
            reference = node.get("$ref") if isinstance(node, dict) else None
            if not isinstance(reference, str):
                self.located(document, at, home)
                return self.moved(node, document, at, home)
            beside = {key: item for key, item in node.items() if key != "$ref"}
            other, pointer = self.sources.target(reference, document, (*at, "$ref"))
            if other is None:
                return {}
            document, at = other, split(pointer)
            node = find(document.value, pointer)
            if beside and isinstance(node, dict):
                node = {**beside, **node}
        self.sources.problems.append(document.problem("the references lead in a circle", at))
        return {}

    def reference(self, reference: str, document: Document, at: Pointer, home: Pointer) -> str:
        """Return the reference that names the same part in the bundled document."""
        other, pointer = self.sources.target(reference, document, (*at, "$ref"))
        if other is None:
            return reference
        if other is self.root:
            return f"#{pointer}"
        key = (other.path.resolve(), pointer)
        if key not in self.homes:
            swagger = "swagger" in self.root.value
            section = _section(split(pointer), home, swagger)
            name = self.name(section, pointer, other)
            below: Pointer = (section, name) if swagger else ("components", section, name)
            self.homes[key] = f"#{_written(below)}"
            self.added.setdefault(section, {})[name] = {}
            self.waiting.append(_Part(section, name, other, split(pointer), below))
        return self.homes[key]

    def name(self, section: str, pointer: str, other: Document) -> str:
        """Return a name that no part of the section has."""
        parts = split(pointer)
        name = _UNFIT.sub("_", parts[-1] if parts else other.path.stem).strip("_") or "Part"
        holder = (
            self.root.value if "swagger" in self.root.value else self.root.value.get("components")
        )
        own = holder.get(section) if isinstance(holder, dict) else None
        taken = {*(own if isinstance(own, dict) else ()), *self.added.get(section, ())}
        numbers = (f"{name}_{number}" for number in range(2, len(taken) + 3))
        return name if name not in taken else next(one for one in numbers if one not in taken)

    def located(self, document: Document, at: Pointer, home: Pointer) -> None:
        """Keep in which file and on which lines the part that stands at `home` was read."""
        self.files[home] = document.path
        self.lines[home] = document.lines.get(at, 1)
        for below in _pointers(find(document.value, _written(at))):
            if (line := document.lines.get((*at, *below))) is not None:
                self.lines[(*home, *below)] = line
        if len(self.lines) > len(self.root.lines) + _LINES_MAX:
            message = "the document is too large once the files that it refers to are part of it"
            message += f"; expected at most {_LINES_MAX:,} keys and items of them"
            raise document.problem(message, at)


def _pointers(node: Any, pointer: Pointer = ()) -> Iterator[Pointer]:
    """Yield the pointers of all keys and items below a node."""
    pairs: Iterable[tuple[str | int, Any]] = ()
    if isinstance(node, dict):
        pairs = node.items()
    elif isinstance(node, list):
        pairs = enumerate(node)
    for key, item in pairs:
        yield (*pointer, key)
        yield from _pointers(item, (*pointer, key))


def _section(parts: tuple[str, ...], home: Pointer, swagger: bool) -> str:
    """Return the section of the components for a part: by its own pointer, else by its home."""
    if len(parts) > 2 and parts[0] == "components":
        kind = parts[1]
    elif len(parts) == 2 and parts[0] in ("parameters", "responses"):
        kind = parts[0]
    else:
        named = [part for part in home if isinstance(part, str)]
        last, over = named[-1], home[-2]
        kind = _KINDS.get(str(over), _KINDS.get(last, "schemas"))
        if over in _SCHEMAS or last == "schema":
            kind = "schemas"
    return _SWAGGER.get(kind, kind) if swagger else kind


def _written(pointer: Pointer) -> str:
    """Return a pointer as JSON writes it."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in pointer)
