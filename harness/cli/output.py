"""Standard output and standard error that do not fail where their reader has gone."""

from __future__ import annotations

import io
import sys


class _Outlet(io.FileIO):
    """Writes to a descriptor that stays open; what nobody reads any more is dropped.

    Any other failure is raised once, so that it is told and does not come again at the end.
    """

    failed = False

    def write(self, data: object) -> int:
        size = memoryview(data).nbytes  # type: ignore[arg-type]
        if self.failed:
            return size
        try:
            return super().write(data) or 0  # type: ignore[arg-type]
        except BrokenPipeError:
            self.failed = True
            return size
        except OSError as error:
            self.failed = True
            raise OSError(error.errno, error.strerror, "standard output") from None


def keep_output() -> None:
    """Let a command end as it would have, also where `head` or a pager stops reading.

    A verdict must not become another exit code because nobody reads the rest of it.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        try:
            descriptor = stream.fileno()
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue
        kept = io.TextIOWrapper(
            io.BufferedWriter(_Outlet(descriptor, "wb", closefd=False)),
            encoding=stream.encoding,
            errors=stream.errors,
            line_buffering=stream.line_buffering,
        )
        setattr(sys, name, kept)
