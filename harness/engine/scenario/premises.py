"""What a scenario builds on: why its results prove nothing where that was not given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from harness.check.expectations.record import ScenarioRecord
from harness.check.outcome import explained
from harness.check.throttling import REMEDY
from harness.document.messages import counted
from harness.engine.scenario.finding import request_text
from harness.model.scenario import BALANCE, Scenario, Step
from harness.model.verdict import Outcome

_CHOOSE = "choose members and values of the target that allow it"


def why_unprepared(scenario: Scenario, record: ScenarioRecord) -> str:
    """Return why the results of an attempt prove nothing, empty if its preparation was done.

    Preparation are the steps before the first one with an expectation of its own; without such a
    step, those that no expectation names.
    """
    for step in _preparation(scenario):
        done = record.steps.get(step.name)
        for exchange in done.exchanges if done is not None else ():
            if exchange.outcome is Outcome.REFUSED:
                sent = f"the scenario builds on its step {step.name}: {request_text(exchange)}"
                return f"{sent} was {explained(exchange)}; {_CHOOSE}"
    return ""


def why_no_race(scenario: Scenario, record: ScenarioRecord) -> str:
    """Return why concurrent requests did not race, empty if at least two of each group did.

    Those that the server has throttled equally often were sent again together.
    """
    for steps in _concurrent(scenario.steps):
        played = [record.steps[step.name] for step in steps if step.name in record.steps]
        exchanges = [exchange for step in played for exchange in step.exchanges]
        later = sum(exchange.throttled > 0 for exchange in exchanges)
        together = Counter(exchange.throttled for exchange in exchanges)
        if later and max(together.values()) < 2:
            return (
                f"the requests of {', '.join(step.name for step in steps)} did not race: the "
                f"server throttled {later} of {counted(len(exchanges), 'concurrent request')}, "
                f"which were sent again later; {REMEDY}"
            )
    return ""


def _preparation(scenario: Scenario) -> Iterator[Step]:
    own = {one.name for one in scenario.expectations if one.name != BALANCE}
    if own:
        for step in scenario.steps:
            if step.name in own:
                return
            yield step
        return
    named = set(_texts([one.terms for one in scenario.expectations]))
    yield from (step for step in scenario.steps if step.name not in named)


def _texts(terms: object) -> Iterator[str]:
    """Yield every text within the terms of expectations."""
    if isinstance(terms, str):
        yield terms
    elif isinstance(terms, Mapping):
        for key, value in terms.items():
            yield from (str(key), *_texts(value))
    elif isinstance(terms, list | tuple):
        for item in terms:
            yield from _texts(item)


def _concurrent(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Yield the steps whose requests leave together, those of a group as one."""
    for group, found in groupby(steps, key=lambda step: step.group):
        if group is not None:
            yield list(found)
        else:
            yield from ([step] for step in found if step.concurrent > 1)
