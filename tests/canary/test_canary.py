"""No secret in any artefact, on the terminal or in the list of processes, in any coat."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.canary.search import Search
from tests.canary.server import HEADERS, Canaries, Server, serving
from tests.starpoints.project import BINDING, TARGETS, WORKLOAD, Project, new_project
from tests.starpoints.test_credentials import TOKEN_PATH
from tests.wire.redact.coats import COATS

KEY = rsa.generate_private_key(65537, 1024).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
GIVEN = {
    "api_key": f"ck-{secrets.token_hex(16)}",
    "password": f'p@s"s/w+rd <{secrets.token_hex(4)}> é=&',
    "hmac_key": secrets.token_urlsafe(32),
    "private_key": KEY.decode(),
}
ISSUED = {"token": secrets.token_urlsafe(40), "cookie": secrets.token_hex(24)}
SHORT = "zq7"
PROCESSES = Path("/proc")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The made-up vendor's files, with every kind of credential."""
    with ExitStack() as stack:
        project = new_project(tmp_path_factory.mktemp("canary"), stack)
        declare(project)
        yield project


def declare(project: Project) -> None:
    """Declare the credentials, and a load of two seconds."""
    project.add_paths(TOKEN_PATH)
    key, signature, seal = HEADERS
    login = {"body": {"grant_type": "client_credentials", "client_secret": "${secret.password}"}}
    binding = project.read(BINDING)
    binding["auth"] = [
        {"static": {"places": [{"in": "header", "name": key, "value": "${secret.api_key}"}]}},
        {
            "token": {
                "operation": "GetToken",
                "send": login,
                "extract": {"token": "/access_token", "session": {"cookie": "session"}},
                "renew_on": ["unauthorised"],
                "places": [
                    {"in": "header", "name": "Authorization", "value": "Bearer ${token}"},
                    {"in": "cookie", "name": "session", "value": "${session}"},
                ],
                "exempt": ["GetToken"],
            }
        },
        {
            "sign": {
                "algorithm": "hmac-sha256-hex",
                "parts": ["method", "path"],
                "key": "${secret.hmac_key}",
                "places": [{"in": "header", "name": signature, "value": "${signature}"}],
                "exempt": ["GetToken"],
            }
        },
        {
            "sign": {
                "algorithm": "rsa-sha256-base64",
                "parts": ["body"],
                "key": "${secret.private_key}",
                "places": [{"in": "header", "name": seal, "value": "${signature}"}],
                "exempt": ["GetToken"],
            }
        },
    ]
    binding["samples"]["GetToken"] = login
    project.write(BINDING, binding)
    targets = project.read(TARGETS)
    names = [*GIVEN, "pin"]
    targets["targets"]["local"]["secrets"] = {name: f"env:{name.upper()}" for name in names}
    project.write(TARGETS, targets)
    project.env = {**{name.upper(): value for name, value in GIVEN.items()}, "PIN": SHORT}
    project.edit(WORKLOAD, "duration: 3s, rate: 60", "duration: 1s, rate: 40")
    project.edit(WORKLOAD, "from: 10, to: 60", "from: 10, to: 40")


@contextmanager
def arguments() -> Iterator[set[str]]:
    """Collect the arguments of every process of this machine until the block ends."""
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            for path in PROCESSES.glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes().decode(errors="replace"))
                except OSError:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def test_no_secret_leaves_a_run(project: Project) -> None:
    """A server repeats each in each coat, in bodies, headers and errors, to all three engines."""
    known = {**GIVEN, **ISSUED}
    canaries, search = Canaries(known), Search(known)
    server = Server(canaries, GIVEN["password"], (ISSUED["token"], ISSUED["cookie"]))
    with serving(server) as port, arguments() as processes:
        project.point(f"http://127.0.0.1:{port}")
        run = project.gate()
    assert len(canaries.given) == len(known) * len(COATS)
    # Findings show what the server wrote in the place of a number.
    assert run.exit == 1, run.output
    sources = {line["source"].partition(":")[0] for line in run.lines() if "source" in line}
    assert sources >= {"property", "scenario", "load"}
    assert "***" in run.output
    assert "***" in (run.folder / "report.html").read_text("utf-8")
    assert run.output.count("the secret pin has fewer than 4 characters") == 1
    assert SHORT not in run.output
    assert search.names_in(run.output) == set()
    assert search.files_with(run.folder) == {}
    # Where the system shows no list of processes this way, there is none to be searched.
    assert not PROCESSES.is_dir() or any("harness.engine.load.child" in one for one in processes)
    assert set().union(*map(search.names_in, processes)) == set()


@pytest.mark.parametrize("coat", COATS)
def test_the_search_finds_each_secret_in_each_coat(coat: str) -> None:
    """Else it would prove nothing."""
    known = {**GIVEN, **ISSUED}
    search = Search(known)
    for name, secret in known.items():
        assert search.names_in(f'{{"debug": "{COATS[coat](secret)}"}}') == {name}
