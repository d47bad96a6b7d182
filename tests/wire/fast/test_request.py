"""A request made of templates is byte for byte the one that is rendered in full."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.model.binding import Place, RowsForm, SignAuth, StaticAuth, TokenAuth, Verb
from harness.model.exchange import Request
from harness.model.workload import Arrival
from harness.wire.connection.route import Route
from harness.wire.message.framing import request_head
from harness.wire.verbs import carries_reference
from tests.wire.fast.vendor import COMPILED, SECRETS, VERBS, Vendor, compare, has_template, planned

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
PLAIN = st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True)


@pytest.mark.parametrize("name", COMPILED)
@given(st.integers(1, 10**9), PLAIN, st.integers(1, 9))
@settings(max_examples=25, deadline=None)
def test_a_plain_reference_makes_the_rendered_request(
    name: str, units: int, reference: str, rows: int
) -> None:
    """For members and references of letters and digits every form of request has a template."""
    vendor = Vendor([{"id": "100001"}, {"id": "100002"}])
    compare(vendor, name, planned(name, units, reference, rows))
    assert has_template(vendor, name)


@pytest.mark.parametrize("name", sorted(set(COMPILED) - {"header", "cookie"}))
@given(st.integers(1, 10**6), TEXTS, TEXTS)
@example(1, "r\u202e\x9b", "\U000f0000")
@settings(max_examples=40, deadline=None)
def test_values_that_need_encoding_make_the_rendered_request(
    name: str, units: int, reference: str, member: str
) -> None:
    """Spaces, quotes, percent signs, ampersands and other scripts are encoded for their place."""
    vendor = Vendor([{"id": member}, {"id": f"{member}&"}])
    for arrival in (planned(name, units, reference), planned(name, 1, f"{reference}=%", 1, 1)):
        compare(vendor, name, arrival)
    assert has_template(vendor, name)


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_a_form_reads_back_as_what_was_meant(reference: str) -> None:
    """A server that decodes the form sees the very reference, member and units."""
    vendor = Vendor([{"id": "a&b=c %"}])
    written = vendor.requests.build("load:x", "form", planned("form", 42, reference))
    head, _, body = written.data.partition(b"\r\n\r\n")
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
    assert (fields["who"], fields["n"], fields["ref"]) == ("a&b=c %", "42", reference)
    assert b"content-length: %d" % len(body) in head


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_a_path_and_query_read_back_as_what_was_meant(reference: str) -> None:
    """Slashes and question marks in a value do not break out of their place."""
    vendor = Vendor([{"id": "a/b?c#d"}])
    written = vendor.requests.build("load:x", "path", planned("path", 42, reference))
    target = urlsplit(written.data.split(b" ")[1].decode())
    assert [unquote(part) for part in target.path.split("/")] == [
        "",
        "api",
        "who",
        "a/b?c#d",
        "n",
        "42",
    ]
    assert dict(parse_qsl(target.query, strict_parsing=True))["ref"] == reference


def test_units_stand_in_the_vendors_measure_on_the_wire_and_in_ours_in_the_journal() -> None:
    """A verb whose unit is 100 sends 700 for 7, and the journal tells 7."""
    vendor = Vendor([{"id": "100001"}, {"id": "100002"}])
    written = vendor.requests.build("load:x", "json", planned("json", 7, "r1"))
    assert json.loads(written.data.partition(b"\r\n\r\n")[2])["n"] == 700
    assert json.loads(written.line("i", 1, 2))["rows"] == [["100001", -7, "r1"]]


def test_a_request_without_a_reference_sends_none() -> None:
    """An absent reference drops its field, and the record claims none."""
    vendor = Vendor([{"id": "100001"}, {"id": "100002"}])
    written = vendor.requests.build("load:x", "form", planned("form", 7, None))
    assert b"ref" not in written.data.partition(b"\r\n\r\n")[2]
    assert json.loads(written.line("i", 1, 2))["rows"] == [["100001", 7, None]]
    compare(vendor, "look", planned("look", 1, None))
    assert has_template(vendor, "look")


@pytest.mark.parametrize("name", ["hashed", "files", "coded"])
def test_what_has_no_template_is_rendered_in_full(name: str) -> None:
    """A digest, a new boundary for each request, or a body in gzip rules a template out."""
    vendor = Vendor([{"id": "100001"}, {"id": "100002"}])
    one = vendor.requests.build("load:x", name, planned(name, 7, "r1"))
    two = vendor.requests.build("load:x", name, planned(name, 8, "r2"))
    assert not has_template(vendor, name)
    assert one.data != two.data
    assert json.loads(two.line("i", 1, 2))["rows"][0][2] == "r2"


def test_an_encoded_body_is_sent_encoded_and_kept_as_it_is() -> None:
    """Its length is that of what is sent; the journal holds what was meant."""
    vendor = Vendor([{"id": "100001"}, {"id": "100002"}])
    written = vendor.requests.build("load:x", "coded", planned("coded", 7, "r1"))
    head, _, body = written.data.partition(b"\r\n\r\n")
    sent = json.loads(gzip.decompress(body))
    assert (sent["who"], sent["n"], sent["token"]) == ("100001", 7, "token-0000")
    assert b"content-length: %d" % len(body) in head
    assert json.loads(json.loads(written.line("i", 1, 2))["request"][2])["n"] == 7


def test_a_header_of_the_request_replaces_a_usual_one() -> None:
    """It is not sent in two forms, of which a server may read either."""
    headers = (("Accept", "application/x+json"), ("x-key", "1"))
    head = request_head(Request("GET", "/x", headers, b""), Route("http://h/api")).decode().lower()
    assert [line for line in head.split("\r\n") if line.startswith("accept:")] == [
        "accept: application/x+json"
    ]
    assert "accept-encoding: identity" in head
    for name, value in (("x-key", "1\r\nx: 2"), ("x\n", "1"), ("x", "\0")):
        with pytest.raises(ValueError, match="holds a line break"):
            request_head(Request("GET", "/x", ((name, value),), b""), Route("http://h/api"))


def test_a_signed_request_is_signed_anew() -> None:
    """The signature covers the body, so each request gets its own."""
    sign = SignAuth(
        "hmac-sha256-hex",
        ("method", "path", "body"),
        "${secret.key}",
        (Place("header", "X-Signature", "${signature}"),),
    )
    vendor = Vendor([{"id": "100001"}, {"id": "100002"}], (sign,))
    for units in (1, 2):
        compare(vendor, "form", planned("form", units, f"r{units}"))


def test_a_request_that_tells_the_time_is_written_anew() -> None:
    """A moment holds for one request alone, in what a verb sends and in what auth adds."""
    vendor = Vendor([{"id": "100001"}, {"id": "100002"}])
    vendor.requests.build("load:x", "dated", planned("dated", 7, "r1"))
    assert not has_template(vendor, "dated")
    once = StaticAuth((Place("header", "X-Request-Id", "${fresh}"),))
    vendor = Vendor([{"id": "100001"}, {"id": "100002"}], (once,))
    sent = [vendor.requests.build("load:x", "form", planned("form", 7, "r")).data for _ in "ab"]
    assert sent[0] != sent[1]


def test_new_credentials_reach_the_next_request() -> None:
    """After a renewal the old token is nowhere in what is sent."""
    vendor = Vendor([{"id": "100001"}, {"id": "100002"}])
    assert b"token-0000" in vendor.requests.build("load:x", "form", planned("form", 1, "a")).data
    vendor.token = "token-1111"
    vendor.session.tokens.renew()
    vendor.requests.forget()
    data = vendor.requests.build("load:x", "form", planned("form", 1, "b")).data
    assert b"token-1111" in data
    assert b"token-0000" not in data


def test_members_with_different_fields_do_not_share_a_template() -> None:
    """A field that only some members have is sent for those members."""
    verbs: Mapping[str, Verb] = {
        "earn": Verb(
            "earn",
            "form",
            {"body": {"who": "${member.id}", "kind": "${member.kind?}", "n": "${units}"}},
            {},
            "credit",
        )
    }
    vendor = Vendor([{"id": "1"}, {"id": "2", "kind": "gold"}], verbs=verbs)
    one = vendor.requests.build("load:x", "earn", Arrival(0, 0, 0, 0, 5, None))
    two = vendor.requests.build("load:x", "earn", Arrival(1, 0, 0, 1, 5, None))
    assert b"kind" not in one.data.partition(b"\r\n\r\n")[2]
    assert b"kind=gold" in two.data


def test_no_secret_stands_in_a_journal_line() -> None:
    """The line tells the request before authentication, and hides sensitive fields."""
    verbs = {
        "earn": Verb(
            "earn", "form", {"body": {"tel": "${member.id}", "n": "${units}"}}, {}, "credit"
        )
    }
    vendor = Vendor([{"id": "100001"}], verbs=verbs)
    written = vendor.requests.build("load:x", "earn", Arrival(0, 0, 0, 0, 5, None))
    line = json.loads(written.line("i", 1, 2))
    assert line["request"][2] == "tel=***&n=5"
    assert "token-0000" not in json.dumps(line)
    assert SECRETS["user"] not in json.dumps(line)


def test_whether_a_verb_carries_a_reference_is_read_from_its_templates() -> None:
    """It may stand in the request as a whole or in the rows of a bulk."""
    assert carries_reference(VERBS["form"])
    assert carries_reference(VERBS["bulk_list"])
    assert not carries_reference(VERBS["look"])
    only_batch = replace(VERBS["bulk_columns"], rows=RowsForm(columns={"n": "${units}"}))
    assert carries_reference(only_batch)
    assert not carries_reference(replace(only_batch, send={}))


def test_token_steps_are_asked_once() -> None:
    """Compiling templates does not log in again and again."""
    vendor = Vendor([{"id": "100001"}, {"id": "100002"}])
    for name in COMPILED:
        vendor.requests.build("load:x", name, planned(name, 1, "a"))
    assert vendor.asked == 1
    assert any(isinstance(step, TokenAuth) for step in vendor.binding.auth)
