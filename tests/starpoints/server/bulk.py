"""Bulks: each row by itself, all rows or none, or as a job that is asked after."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.starpoints.server.keys import LENGTH_MAX
from tests.starpoints.server.ledger import EARN_MAX, Ledger, Value
from tests.starpoints.server.refusal import Refusal, invalid, required

ROWS_MAX = 100


@dataclass(slots=True)
class Bulks:
    """The bulks of a ledger."""

    ledger: Ledger
    jobs: dict[str, Value] = field(default_factory=dict)

    def send(self, body: Value) -> tuple[int, Value]:
        """Do the rows of a bulk; return the status and the body of its response."""
        rows = required(body, "rows", list)
        if not 1 <= len(rows) <= ROWS_MAX:
            raise invalid("INVALID_VALUE", f"expected 1 to {ROWS_MAX} rows")
        habits = self.ledger.settings.habits
        if "job" in habits:
            return 202, self.job(self._later(rows))
        return (200 if "atomic-bulk" in habits else 207), {"results": self._do(rows)}

    def job(self, name: str) -> Value:
        """Return a job: pending without results, or done."""
        if name not in self.jobs:
            raise invalid("NOT_FOUND", "there is no such job", 404)
        return {"job": self.jobs[name]}

    def _later(self, rows: list[Any]) -> str:
        """Do the rows in a while; return the name of the job."""
        name = uuid.uuid4().hex
        self.jobs[name] = {"id": name, "state": "pending"}

        def finish() -> None:
            self.jobs[name] = {"id": name, "state": "done", "results": self._do(rows)}

        timer = threading.Timer(self.ledger.settings.job_seconds, finish)
        timer.daemon = True
        timer.start()
        return name

    def _do(self, rows: list[Any]) -> list[Value]:
        with self.ledger.keys.guard():
            atomic = "atomic-bulk" in self.ledger.settings.habits
            return self._atomic(rows) if atomic else self._each(rows)

    def _each(self, rows: list[Any]) -> list[Value]:
        results: list[Value] = []
        for row in rows:
            refused = any(result["status"] != 200 for result in results)
            if refused and "claims-rows" in self.ledger.settings.defects:
                results.append({"status": 200})
                continue
            try:
                results.append({"status": 200, **self._row(row)})
            except Refusal as refusal:
                results.append({"status": refusal.status, **refusal.value})
        return results

    def _atomic(self, rows: list[Any]) -> list[Value]:
        for row in rows:
            points, key = required(row, "points", int), required(row, "idempotency_key", str)
            if not 1 <= len(key) <= LENGTH_MAX or not -EARN_MAX <= points <= EARN_MAX:
                raise invalid("INVALID_VALUE", "a row is invalid")
        names = [required(row, "account_id", str) for row in rows]
        unknown = [index for index, name in enumerate(names) if not self.ledger.knows(name)]
        keeps = "keeps-rows" in self.ledger.settings.defects
        done = rows if not unknown else rows[: unknown[0]] if keeps else []
        results = [{"status": 200, **self._row(row)} for row in done]
        if unknown:
            raise invalid("NOT_FOUND", f"row {unknown[0]}: there is no such account", 404)
        return results

    def _row(self, row: Any) -> Value:
        def move() -> Value:
            points = required(row, "points", int)
            return {"event": self.ledger.move(required(row, "account_id", str), points, row)}

        return self.ledger.keys.once("row", row, move)
