"""Which changes announcements tell of: by the names that both have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.invariant.history.changes import NOT_SENT, REPEATED, Change, changes_of
from harness.invariant.history.effects import Effect
from harness.invariant.history.segments import SegmentedHistory
from harness.model.binding import CHANGE_NAMES, Promises
from harness.model.history import CHANGE, Announcement, History, Reception
from harness.model.verdict import Outcome

Name = tuple[str, str]
"""A kind of CHANGE_NAMES, and the name itself."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What was heard, and the changes that it can be about.

    `effects`: by name, those that happened or may have.
    `refused`: by name, a request that was refused, where nothing of that name can have happened.
    `open`: the names of which it is not known what happened.
    `heard`: the announcements of changes, by the name that they have in common with a change.
    `foreign`: those that name no change of the run.
    `unclear`: the requests that may be announcements and name nothing.
    """

    reception: Reception
    effects: Mapping[Name, tuple[Effect, ...]]
    refused: Mapping[Name, Change]
    open: frozenset[Name]
    heard: Mapping[Name, tuple[Announcement, ...]]
    foreign: tuple[Announcement, ...]
    unclear: tuple[Announcement, ...]


def match_announcements(segmented: SegmentedHistory, reception: Reception) -> Matched:
    """Return the announcements of a history with the changes that they name."""
    effects: dict[Name, dict[int, Effect]] = {}
    for account in segmented.accounts.values():
        for effect in account.effects:
            for name in names_of_effect(effect, segmented.promises):
                effects.setdefault(name, {})[id(effect)] = effect
    refused, open_names = _others(segmented, effects)
    heard: dict[Name, list[Announcement]] = {}
    foreign: list[Announcement] = []
    unclear: list[Announcement] = []
    for one in reception.announcements:
        names = names_of_announcement(one)
        known = [name for name in names if name in effects or name in refused]
        if one.event == CHANGE and known:
            heard.setdefault(known[0], []).append(one)
        elif one.event == CHANGE and names:
            foreign += [one] if open_names.isdisjoint(names) else []
        elif one.event in ("", CHANGE):
            unclear.append(one)
    return Matched(
        reception,
        {name: tuple(found.values()) for name, found in effects.items()},
        refused,
        open_names,
        {name: tuple(found) for name, found in heard.items()},
        tuple(foreign),
        tuple(unclear),
    )


def _others(
    segmented: SegmentedHistory, effects: Mapping[Name, object]
) -> tuple[Mapping[Name, Change], frozenset[Name]]:
    """Return the names of refused requests, and those of which nothing is known."""
    refused: dict[Name, Change] = {}
    possible = {
        (CHANGE_NAMES[0], reference)
        for attempt in segmented.history.attempts
        for reference in attempt.possible_references
    }
    for changes in segmented.operations:
        names = {name for one in changes for name in names_of_change(one, segmented.promises)}
        silent = all(one.reason in REPEATED or one.reason == NOT_SENT for one in changes)
        if silent or any(change.may_apply for change in changes):
            possible |= names
        else:
            refused |= dict.fromkeys(names, changes[0])
    known = {name: change for name, change in refused.items() if name not in possible}
    return known, frozenset(possible - effects.keys())


def names_of_announcement(announcement: Announcement) -> tuple[Name, ...]:
    """Return what an announcement names a change by, the caller's reference first."""
    named = zip(CHANGE_NAMES, (announcement.reference, announcement.entry), strict=True)
    return tuple((kind, name) for kind, name in named if name is not None)


def names_of_effect(effect: Effect, promises: Promises) -> frozenset[Name]:
    """Return what an announcement can name an effect by."""
    return frozenset(name for one in effect.changes for name in names_of_change(one, promises))


def names_of_change(change: Change, promises: Promises) -> frozenset[Name]:
    """Return what an announcement can name a change by."""
    attempt, row = change.attempt, change.row
    shown = attempt.seen.get("entry") if change.outcome is Outcome.OK else None
    own = shown is not None and len(attempt.rows) < 2 and str(shown) != attempt.entry
    named = zip(CHANGE_NAMES, (row.reference, str(shown) if own else None), strict=True)
    return frozenset(
        (kind, name) for kind, name in named if kind in promises.announced_by and name is not None
    )


def names_of_changes(history: History, promises: Promises) -> list[frozenset[Name]]:
    """Return the names of each change that was acknowledged and is to be announced."""
    changes = (
        change
        for attempt in history.attempts
        if attempt.verb in promises.announced_verbs
        for change in changes_of(attempt, attempt.rows, promises)
        if change.outcome is Outcome.OK
    )
    return [names for change in changes if (names := names_of_change(change, promises))]
