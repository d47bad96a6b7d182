"""Fields are hidden by their names, however they are written."""

from __future__ import annotations

import pytest

from harness.wire.redact.redactor import Redactor


def test_known_secrets_and_sensitive_fields_are_hidden() -> None:
    """Values of sensitive fields are hidden by name, known secrets wherever they stand."""
    redactor = Redactor(["s3cret-value"], ["token"])
    redactor.learn(["late-token"])
    assert (
        redactor.text("a s3cret-value, a late-token&token=xyz&b=1") == "a ***, a ***&token=***&b=1"
    )
    redactor.learn(["me@shop/a b"])
    assert redactor.text("user=me%40shop%2Fa+b&x=me%40shop/a%20b") == "user=***&x=***"
    assert redactor.text('{"token": "a\\"b", "n": 1}') == '{"token": "***", "n": 1}'


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"tel": ["081", "082"], "n": 1}', '{"tel": "***", "n": 1}'),
        ('{"tel": {"home": "081"}, "n": 1}', '{"tel": "***", "n": 1}'),
        ('/data/0/tel: "081" does not match', "/data/0/tel: *** does not match"),
        ("/data/tel is 81, and /data/n is 1", "/data/tel is ***, and /data/n is 1"),
        ('at /data/*/tel stands "081", "082"', "at /data/*/tel stands ***"),
        (
            '--b\r\nContent-Disposition: form-data; name="tel"\r\n\r\n081\r\n--b--',
            '--b\r\nContent-Disposition: form-data; name="tel"\r\n\r\n***\r\n--b--',
        ),
        ("a\\/b+c", "***"),
    ],
)
def test_personal_values_are_hidden_however_they_are_written(text: str, left: str) -> None:
    """Lists, objects, parts of a form, an escaped slash, and our own sentences about a place."""
    assert Redactor(["a/b+c"], ["tel"]).text(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (r'{"in": "{\"tel\": \"081\", \"n\": 1}"}', r'{"in": "{\"tel\": \"***\", \"n\": 1}"}'),
        (r'{"in": "{\"tel\": \"\", \"n\": 1}"}', r'{"in": "{\"tel\": \"***\", \"n\": 1}"}'),
        ("in=%7B%22tel%22%3A%22081%22%7D&n=1", "in=%7B%22tel%22%3A%22***%22%7D&n=1"),
        ('{"tel": 81, "n": 1}', '{"tel": "***", "n": 1}'),
        ('{"hotel": "081"}&hotel=081', '{"hotel": "081"}&hotel=081'),
    ],
)
def test_fields_of_a_body_in_a_body_are_hidden_too(text: str, left: str) -> None:
    """Only the value goes, and what was JSON stays JSON."""
    assert Redactor([], ["tel"]).text(text) == left
