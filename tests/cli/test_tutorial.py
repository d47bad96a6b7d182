"""The tutorial, command by command."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.running import ROOT
from tests.starpoints.serving import served

PAGE = ROOT / "docs/tutorial.md"
PORT = "18080"
SERVER = "python -m tests.starpoints.server"
_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Reader:
    """A reader of the page: a folder, a server, and a shell whose variables last."""

    folder: Path
    stack: ExitStack
    port: str = PORT
    output: str = ""
    env: dict[str, str] = field(default_factory=dict)

    def serve(self, text: str) -> None:
        """Start the server with the options of the page, in place of the one before."""
        self.stack.close()
        words = shlex.split(text)
        assert words[:3] == shlex.split(SERVER)
        self.port = str(self.stack.enter_context(served(*words[3:])))

    def run(self, text: str, code: int) -> None:
        """Run the lines of a block, of which the last may end in an exit code of its own."""
        script = f'set -e\nharness() {{ "{sys.executable}" -m harness "$@"; }}\n{text}env -0 >&3\n'
        if code:
            script = script.replace("env -0 >&3\n", "")
        reader, writer = os.pipe()
        done = subprocess.run(
            ["bash", "-c", script.replace(">&3", f">&{writer}")],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "400", **self.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
            pass_fds=(writer,),
        )
        os.close(writer)
        with os.fdopen(reader) as stream:
            told = (pair.partition("=") for pair in stream.read().split("\0"))
            self.env |= {name: value for name, _, value in told if name.startswith("STARPOINTS")}
        self.output = done.stdout
        assert done.returncode == code, self.output

    def apply(self, text: str) -> None:
        """Change a file as the page shows."""
        head, *lines = text.splitlines()
        path = self.folder / head.removeprefix("--- ")
        old, new = (
            "".join(f"{line[1:]}\n" for line in lines if line[0] in (" ", sign)) for sign in "-+"
        )
        before = path.read_text("utf-8")
        assert before.count(old) == 1, f"{path} is not as the page shows it:\n{before}"
        path.write_text(before.replace(old, new), "utf-8")

    def see(self, text: str) -> None:
        """Assert that the last commands printed each of these lines, or lines with them."""
        missing = [line for line in text.splitlines() if line.strip() not in self.output]
        assert not missing, self.output


def test_every_command_of_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    """From an empty folder to a verdict, and to a failure that is found."""
    shutil.copy(ROOT / "docs/tutorial/starpoints.yaml", tmp_path)
    blocks = _BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) >= 14
    with ExitStack() as stack:
        reader = Reader(tmp_path, stack)
        for kind, text in blocks:
            shown = text.replace(PORT, reader.port)
            if kind == "sh server":
                before = reader.port
                reader.serve(text)
                _point(tmp_path, before, reader.port)
            elif kind.startswith("sh"):
                reader.run(shown, int(kind.partition("exit=")[2] or 0))
            elif kind == "diff":
                reader.apply(shown)
            else:
                assert kind == "text"
                reader.see(shown)


def _point(folder: Path, old: str, new: str) -> None:
    """Write the port of the server that was started last into the target."""
    path = folder / "contracts/starpoints/targets.yaml"
    if path.exists():
        path.write_text(path.read_text("utf-8").replace(f":{old}", f":{new}"), "utf-8")
