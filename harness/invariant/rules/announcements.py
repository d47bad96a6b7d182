"""What a vendor announces: each change, in time, as often as promised, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from harness.document.messages import counted
from harness.invariant.explain.diagnosis import describe_effect
from harness.invariant.explain.finding import build_finding
from harness.invariant.history.announced import Matched, match_announcements, names_of_effect
from harness.invariant.history.effects import Effect, Read
from harness.invariant.history.segments import Segment, SegmentedHistory
from harness.invariant.search.envelope import Envelope
from harness.invariant.verdicts import Judgement, failed, passed, undecided
from harness.model.history import Announcement
from harness.model.verdict import Finding, Verdict

_ANNOUNCEMENTS, _CHANGES = "announcements", "changes"
_SHOWN_MAX = 4
_SECOND_NS = 1e9

Rule = Callable[[SegmentedHistory, Matched, frozenset[str]], Iterator[Judgement]]
"""Judges what was heard; the accounts are those of which another violation is known."""


def judge_announcements(
    rule: Rule, segmented: SegmentedHistory, explained: frozenset[str]
) -> Iterator[Judgement]:
    """Yield what a rule says of the announcements, and why nothing where nobody listened."""
    reception = segmented.history.reception
    if reception is not None and reception.reason:
        reason = f"not checked: {reception.reason}"
        yield Judgement(_ANNOUNCEMENTS, Verdict.INAPPLICABLE, reason)
    elif reception is not None:
        yield from rule(segmented, match_announcements(segmented, reception), explained)


def told_in_time(
    segmented: SegmentedHistory, matched: Matched, explained: frozenset[str]
) -> Iterator[Judgement]:
    """Yield whether each change that surely happened was announced within the promised time."""
    if segmented.promises.announced_within is None:
        return
    reception, within_ns = matched.reception, _within_ns(segmented)
    told, cut_off = 0, 0
    silent: list[Effect] = []
    late: list[tuple[Effect, int]] = []
    for effect, end_ns, first_ns in _due(segmented, matched, explained):
        due_ns = end_ns + within_ns
        if first_ns is not None and first_ns > due_ns + reception.stalled_ns:
            late.append((effect, first_ns - end_ns))
        elif first_ns is not None:
            told += 1
        elif reception.until_ns < due_ns:
            cut_off += 1
        else:
            silent.append(effect)
    promised = f"an announcement within {within_ns / _SECOND_NS:g} s of the response"
    if silent and (doubt := _doubt(matched)):
        text = f"{counted(len(silent), 'change')} of {told + len(late) + len(silent)}"
        yield undecided(_CHANGES, f"{text} not announced in a way that is recognised: {doubt}")
    elif silent:
        yield failed(_CHANGES, _silence(silent, promised, reception.url), len(silent))
    if late:
        effect, age_ns = max(late, key=lambda one: one[1])
        after = f"{age_ns / _SECOND_NS:.3g} s after its response"
        finding = build_finding(
            "A change was announced late",
            expected=promised,
            seen=f"one {after}; {counted(len(late), 'change')} so late",
            proof=effect.attempts,
            facts=(f"the {describe_effect(effect)} was announced {after}",),
        )
        yield failed(_CHANGES, finding, len(late))
    if cut_off and not told:
        reason = f"the run ended before {counted(cut_off, 'change')} had to be announced"
        yield undecided(_CHANGES, reason)
    yield from passed(told, _CHANGES)


def _due(
    segmented: SegmentedHistory, matched: Matched, explained: frozenset[str]
) -> Iterator[tuple[Effect, int, int | None]]:
    """Yield each certain effect that has a name, when it was certain, and its announcement."""
    effects = {id(one): one for found in matched.effects.values() for one in found}
    for effect in effects.values():
        certain = effect.end_ns is not None and not effect.doubtful and effect.units
        due = effect.changes[0].attempt.verb in segmented.promises.announced_verbs
        if not (certain and due) or effect.account in explained:
            continue
        if effect.begin_ns < matched.reception.since_ns:
            continue
        names = names_of_effect(effect, segmented.promises)
        heard = chain.from_iterable(matched.heard.get(name, ()) for name in names)
        yield effect, effect.end_ns or 0, min((one.received_ns for one in heard), default=None)


def _doubt(matched: Matched) -> str:
    """Return why the silence about a change may be ours, empty where it is the vendor's."""
    reception = matched.reception
    if not reception.announcements and not reception.declared:
        text = f"nothing came to {reception.url}, and the target does not say, under webhook,"
        return f"{text} that the vendor can reach it"
    if matched.unclear:
        some = counted(len(matched.unclear), "request")
        return f"{some} told of nothing, such as {_told(matched.unclear[0])}"
    if matched.foreign and not matched.heard:
        return f"all name other changes, such as {_told(matched.foreign[0])}"
    return ""


def _silence(silent: Sequence[Effect], promised: str, url: str) -> Finding:
    first = silent[0]
    listed = [f"the {describe_effect(one)} was not announced" for one in silent[:_SHOWN_MAX]]
    return build_finding(
        "A change was not announced",
        expected=promised,
        seen=f"no announcement of {counted(len(silent), 'change')}",
        proof=first.attempts,
        facts=(*listed, f"the harness listened at {url} until later"),
    )


def told_once(
    segmented: SegmentedHistory, matched: Matched, explained: frozenset[str]
) -> Iterator[Judgement]:
    """Yield whether no change was announced more often than it can have happened.

    One whose sender did not get our whole response may send it again.
    """
    if segmented.promises.announced != "once":
        return
    once = 0
    again: list[tuple[Effect, Sequence[Announcement]]] = []
    for name, heard in matched.heard.items():
        effects = matched.effects.get(name, ())
        if not effects or any(effect.account in explained for effect in effects):
            continue
        allowed = len(effects) + sum(not one.responded for one in heard)
        if len(heard) > allowed:
            again.append((effects[0], heard))
        else:
            once += 1
    if again:
        effect, repeated = again[0]
        finding = build_finding(
            "A change was announced more than once",
            expected="one announcement of each change",
            seen=f"{len(repeated)} announcements; {counted(len(again), 'change')} so",
            proof=effect.attempts,
            facts=(f"the {describe_effect(effect)} was announced again", *_lines(repeated)),
        )
        yield failed(_CHANGES, finding, len(again))
    yield from passed(once, _CHANGES)


def told_truly(
    segmented: SegmentedHistory, matched: Matched, explained: frozenset[str]
) -> Iterator[Judgement]:
    """Yield whether announcements say what happened: of whom, how much, and what is left."""
    true, unread = 0, ""
    wrong: list[tuple[Announcement, str, str, Effect]] = []
    for name, heard in matched.heard.items():
        effects = matched.effects.get(name, ())
        rows = {(effect.account, effect.units) for effect in effects}
        if len(rows) != 1 or effects[0].account in explained:
            continue
        for one in heard:
            differs = _difference(one, effects[0], segmented)
            unread = unread or one.unread
            if differs is not None:
                wrong.append((one, *differs, effects[0]))
            else:
                true += not one.unread
    if wrong:
        one, what, expected, effect = wrong[0]
        finding = build_finding(
            f"An announcement says another {what} than the change",
            expected=f"the {what} {expected}",
            seen=f"{_told(one)}; {counted(len(wrong), 'announcement')} so",
            proof=effect.attempts,
            facts=(f"it names the {describe_effect(effect)}",),
        )
        yield failed(_ANNOUNCEMENTS, finding, len(wrong))
    if segmented.promises.announced_only:
        yield from _of_nothing(segmented, matched, explained)
    if unread:
        yield undecided(_ANNOUNCEMENTS, f"an announcement cannot be read: {unread}")
    yield from passed(true, _ANNOUNCEMENTS)


def _difference(
    announcement: Announcement, effect: Effect, segmented: SegmentedHistory
) -> tuple[str, str] | None:
    """Return what an announcement says otherwise than the ledger, and what is right."""
    account, member, balance = effect.account, announcement.member, announcement.balance
    if member is not None and account != member and not account.startswith(f"{member}/"):
        return "member", account
    if announcement.units not in (None, effect.units):
        return "amount", f"of {effect.units:+} units"
    for segment in segmented.segments.get(account, ()) if balance is not None else ():
        if any(one.changes is effect.changes and one.end_ns for one in segment.effects):
            return _balance_difference(announcement, effect, segment)
    return None


def _balance_difference(
    announcement: Announcement, effect: Effect, segment: Segment
) -> tuple[str, str] | None:
    begin_ns, end_ns, value = effect.begin_ns, announcement.received_ns, announcement.balance
    if value is None or end_ns < begin_ns:
        return None
    # It may be the balance right behind the change, or the one when it was announced.
    shown = Read(effect.account, value, begin_ns, end_ns, effect.attempts[0], effect)
    envelope = Envelope(segment)
    low, high = envelope.around(shown)
    if low <= value <= high:
        return None
    return "balance", str(low) if low == high else f"from {low} to {high}"


def _of_nothing(
    segmented: SegmentedHistory, matched: Matched, explained: frozenset[str]
) -> Iterator[Judgement]:
    """Yield the announcements of refused requests, and of changes that surely did not happen."""
    refused = [
        (change, one)
        for name, change in matched.refused.items()
        for one in matched.heard.get(name, ())
        if change.row.account not in explained
    ]
    if refused:
        change, one = refused[0]
        finding = build_finding(
            "A refused request was announced as a change",
            expected="no announcement, as nothing was changed",
            seen=f"{_told(one)}; {counted(len(refused), 'announcement')} so",
            proof=(change.attempt,),
        )
        yield failed(_ANNOUNCEMENTS, finding, len(refused))
    invented = [one for one in matched.foreign if _is_invented(one, segmented, matched)]
    if invented:
        finding = build_finding(
            "A change was announced that did not happen",
            expected="an announcement of a change alone",
            seen=f"{_told(invented[0])}; {counted(len(invented), 'announcement')} so",
            proof=(),
            facts=("no request of the run is named so, and the balance shows no such change",),
        )
        yield failed(_ANNOUNCEMENTS, finding, len(invented))


def _is_invented(one: Announcement, segmented: SegmentedHistory, matched: Matched) -> bool:
    """Return whether an announcement of no known request tells of a change that was not made.

    It may be a late one of an earlier run, or of a change before the first balance was read. The
    balances show the rest, where nothing of the account is open.
    """
    late = segmented.promises.announced != "once" or segmented.promises.announced_within is None
    if late or not one.units or one.member is None:
        return False
    made_ns = one.received_ns - _within_ns(segmented) - matched.reception.stalled_ns
    for segment in segmented.segments.get(one.member, ()):
        final = Envelope(segment).last_quiescent()
        known = all(
            effect.end_ns is not None and names_of_effect(effect, segmented.promises)
            for effect in segment.effects
        )
        inside = final is not None and segment.start.end_ns < made_ns
        if inside and known and final is not None and final.begin_ns > one.received_ns:
            return Envelope(segment).allows(final)
    return False


def told_with_proof(
    segmented: SegmentedHistory, matched: Matched, explained: frozenset[str]
) -> Iterator[Judgement]:
    """Yield whether announcements of the run's changes have the proof that they are the vendor's.

    Where all have one and none fits, the secret that the harness was given may be the wrong one.
    """
    heard = [(name, one) for name, found in matched.heard.items() for one in found]
    valid = sum(one.auth == "valid" for _, one in heard)
    bare = [named for named in heard if named[1].auth == "missing"]
    wrong = [named for named in heard if named[1].auth == "wrong"]
    if bare or (wrong and valid):
        name, one = (bare or wrong)[0]
        effects = matched.effects.get(name, ())
        finding = build_finding(
            "An announcement does not prove that it is the vendor's",
            expected="the declared proof in its header",
            seen=f"{'none' if bare else 'a wrong one'} in {_told(one)};"
            f" {counted(len(bare) + len(wrong), 'announcement')} so",
            proof=effects[0].attempts if effects else (),
        )
        yield failed(_ANNOUNCEMENTS, finding, len(bare) + len(wrong))
    elif wrong:
        reason = "no announcement has the proof that the declared secret gives; check the secret"
        yield undecided(_ANNOUNCEMENTS, reason)
    yield from passed(valid, _ANNOUNCEMENTS)


def _within_ns(segmented: SegmentedHistory) -> int:
    return int((segmented.promises.announced_within or 0) * _SECOND_NS)


def _told(one: Announcement) -> str:
    """Return an announcement as a finding shows it: its id in the journal, and what it said."""
    return f"{one.id}: {' '.join(one.request)}".strip()


def _lines(heard: Sequence[Announcement]) -> list[str]:
    first = heard[0].received_ns
    return [
        f"{(one.received_ns - first) / 1e6:.1f} ms after the first: {_told(one)}"
        for one in heard[:_SHOWN_MAX]
    ]
