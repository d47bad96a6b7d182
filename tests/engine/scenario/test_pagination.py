"""A step requests a list page by page."""

from __future__ import annotations

import itertools

from harness.model.verdict import Verdict
from tests.acme import Server
from tests.engine.scenario.players import PlayOnClub

PAGES = """
format: 1
scenarios:
  - id: pages
    title: A list is read to its end
    needs: [enroll]
    members: {m: {}, n: {}, o: {new: true}}
    steps:
      - id: all
        operation: list_cards
        pagination: {parameter: page, items: /rows, page_size: 3}
        expect:
          lacks: [/rows/3]
          unique: "/rows/*/serial"
          contains: {"/rows/*/serial": ["${o.id}"]}
"""
NAMED = PAGES.replace("items: /rows, page_size: 3", "next: /more")


def test_a_list_is_read_page_by_page(server: Server, play_on_club: PlayOnClub) -> None:
    """The list ends behind the last full page, which three cards fill."""
    verdicts, checks = play_on_club(PAGES)
    assert verdicts == {Verdict.PASS}, checks
    assert [fields["page"] for fields in server.asked("list_cards")] == [1, 2]


def test_an_endless_list_is_given_up(server: Server, play_on_club: PlayOnClub) -> None:
    """A list that never ends is inconclusive, with the reason."""
    numbers = itertools.count()
    server.replies["list_cards"] = lambda fields: {
        "code": 200,
        "rows": [{"serial": next(numbers)} for _ in range(3)],
    }
    verdicts, checks = play_on_club(PAGES)
    assert verdicts == {Verdict.INCONCLUSIVE}
    assert "more than 200 pages" in next(iter(checks.values())).reason


def test_a_list_whose_pages_are_all_alike_fails(server: Server, play_on_club: PlayOnClub) -> None:
    """The second page shows nothing new, so the list ends there."""
    server.replies["list_cards"] = {"code": 200, "rows": [{"serial": n} for n in range(3)]}
    verdicts, _ = play_on_club(PAGES)
    assert verdicts == {Verdict.FAIL}


def test_a_page_may_name_the_next_one(server: Server, play_on_club: PlayOnClub) -> None:
    """What names a page is taken from the response before, and never made up."""
    server.replies["list_cards"] = lambda fields: {
        "code": 200,
        "rows": [{"serial": fields["page"]}],
        "more": fields["page"] + 10 if fields["page"] < 20 else None,
    }
    play_on_club(NAMED)
    assert [fields["page"] for fields in server.asked("list_cards")] == [1, 11, 21]


def test_a_page_that_names_itself_ends_nothing(server: Server, play_on_club: PlayOnClub) -> None:
    """Such a list cannot be read to its end."""
    server.replies["list_cards"] = {"code": 200, "rows": [], "more": 5}
    verdicts, checks = play_on_club(NAMED)
    assert verdicts == {Verdict.INCONCLUSIVE}
    assert "names itself" in next(iter(checks.values())).reason
    assert [fields["page"] for fields in server.asked("list_cards")] == [1, 5]


def test_a_list_that_is_too_long_to_compare_is_given_up(
    server: Server, play_on_club: PlayOnClub
) -> None:
    """All its pages are held in memory; the limit and the remedy are named."""
    numbers = itertools.count()
    server.replies["list_cards"] = lambda fields: {
        "code": 200,
        "rows": [{"serial": f"{next(numbers)}{'x' * 2**20}"} for _ in range(3)],
    }
    verdicts, checks = play_on_club(PAGES)
    assert verdicts == {Verdict.INCONCLUSIVE}
    assert next(iter(checks.values())).reason == (
        "its responses have bodies of more than 4,194,304 bytes in all (limits.body_bytes of the "
        "target); raise `limits: {body_bytes: …}` if the API really sends that much"
    )
    assert len(server.asked("list_cards")) == 2
