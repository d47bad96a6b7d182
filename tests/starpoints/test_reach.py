"""Whether a run reaches the server, and what it says where it does not."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.starpoints.project import BINDING, Ended, Project
from tests.starpoints.proxy import proxied

MEMBERS = ("acc-001", "acc-002", "acc-003", "acc-004")


def closed_port() -> int:
    """Return a local port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def says_why(run: Ended, cause: str) -> None:
    """Assert that nothing was decided, and that the headline names the cause."""
    run.inconclusive()
    assert run.result["counts"]["checks"] == 0
    assert re.search(cause, run.result["headline"], re.IGNORECASE), run.output


@pytest.mark.parametrize(
    ("habits", "options"),
    [
        pytest.param((), {"ipv6": True}, id="11-ipv6"),
        pytest.param((), {"path": "/api/v9/", "base_path": "/api/v9"}, id="12-base-path"),
        pytest.param(("gzip",), {}, id="06-gzip"),
        pytest.param(("continue",), {}, id="32-continue-100"),
    ],
)
def test_both_engines_speak_to_an_unusual_server(
    project: Project, habits: tuple[str, ...], options: dict[str, Any]
) -> None:
    """An address in IPv6, a path in the address, forced compression, an interim response."""
    project.serve(*habits, **options)
    project.check("--only", "ledger.").passed()
    project.load().passed()


def test_a_certificate_is_trusted_where_the_environment_says_so(
    project: Project, tmp_path: Path
) -> None:
    """13: without SSL_CERT_FILE the certificate is named as the cause, with it both engines run."""
    authority, certificate = trustme.CA(), tmp_path / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    project.serve(scheme="https", certificate=certificate)
    says_why(project.check("--only", "ledger."), "certificate")
    project.env["SSL_CERT_FILE"] = str(tmp_path / "authority.pem")
    project.check("--only", "ledger.").passed()
    project.load().passed()


def test_both_engines_use_the_proxy_of_the_environment_or_neither_does(project: Project) -> None:
    """14: a proxy is used by both engines; or by neither, and both runs say so."""
    project.serve()
    with proxied() as proxy:
        address = f"http://127.0.0.1:{proxy.server_address[1]}"
        project.env |= {"http_proxy": address, "HTTP_PROXY": address}
        project.env |= {"no_proxy": "", "NO_PROXY": ""}
        check = project.check("--only", "ledger.")
        checked = proxy.count
        load = project.load()
        loaded = proxy.count - checked
    check.passed()
    load.passed()
    said = all("proxy" in run.output.lower() for run in (check, load))
    assert (checked > 20 and loaded > 100) or (checked == loaded == 0 and said)


def test_a_port_on_which_nothing_listens_is_named(project: Project) -> None:
    """35: the address and `connection refused` stand in the headline."""
    port = closed_port()
    project.point(f"http://127.0.0.1:{port}")
    run = project.check("--only", "ledger.")
    says_why(run, r"connection refused|refused the connection|not accept")
    assert f"127.0.0.1:{port}" in run.result["headline"]


def test_a_host_that_does_not_exist_is_named(project: Project) -> None:
    """35: the name that cannot be resolved stands in the headline."""
    project.point("http://no-such-host.invalid:8080")
    run = project.check("--only", "ledger.")
    says_why(run, r"not known|resolve|no such host|unknown host")
    assert "no-such-host.invalid" in run.result["headline"]


def test_a_dead_server_ends_the_run_soon(project: Project) -> None:
    """42: static credentials and listed members, so that nothing has to be fetched first."""
    project.list_members(*MEMBERS)
    project.cut(BINDING, "enroll:", "promises:")
    project.point(f"http://127.0.0.1:{closed_port()}")
    project.timeout = 60
    run = project.check()
    says_why(run, r"connection refused|refused the connection|not accept")
    assert run.seconds < 40


def test_a_server_that_dies_in_the_middle_violates_nothing(project: Project) -> None:
    """A process that ends after 60 requests: inconclusive, with the cause, and soon."""
    project.serve(die_after=60)
    project.timeout = 60
    run = project.check()
    assert run.exit == 5, run.output
    assert run.findings == []
    assert re.search("refused|reset|closed the connection", run.result["headline"], re.IGNORECASE)
    assert run.seconds < 40


def test_a_server_that_only_fails_is_left_alone_soon(project: Project) -> None:
    """After 60 requests each response is 500: the requests become fewer, and the run ends."""
    project.serve(fail_after=60)
    project.timeout = 60
    run = project.check()
    assert "nothing but server errors since" in run.result["headline"]
    assert run.result["exit"] in (1, 5), "500 is documented nowhere"
    assert sum(line["event"] == "invoke" for line in run.lines()) < 60 + 300
    assert run.seconds < 40


def test_a_redirect_is_named_with_its_place(project: Project) -> None:
    """08: each page redirects to another with 307, so the target has the wrong address."""
    project.serve("redirect")
    run = project.check("--only", "ledger.")
    says_why(run, "redirect")
    assert "/moved" in run.output


def test_a_page_of_html_is_named(project: Project) -> None:
    """An address that serves pages for browsers is no API; the vendor has violated nothing."""
    project.serve("html")
    says_why(project.check("--only", "ledger."), "HTML")


def test_a_wrong_secret_is_sent_once_and_named(project: Project) -> None:
    """A refusal with 401 is the cause, and no second attempt follows it."""
    project.serve()
    project.env["STAR_TOKEN"] = "another-secret"
    run = project.check("--only", "ledger.")
    says_why(run, r"401|credentials")
    assert run.result["counts"]["requests"] == 1


def test_credentials_that_the_binding_forgets_are_our_mistake(project: Project) -> None:
    """39: the specification asks for a bearer token everywhere, and the binding has no auth."""
    project.cut(BINDING, "auth:", "outcomes:")
    project.list_members(*MEMBERS)
    lint = project.lint()
    assert re.search("security|bearer|auth", lint.output, re.IGNORECASE), lint.output
    project.serve()
    run = project.check()
    assert run.exit in (2, 5), run.output
    assert run.exit == 2 or run.findings == []
