"""Run a command as the child of a small process, and print the most memory that it has taken.

Started as `python -m tests.cli.measured COMMAND…`. A child of the tests themselves would be told by
the system to have had as much as they have.
"""

from __future__ import annotations

import os
import subprocess
import sys


def main() -> int:
    """Run the command; the last line of output is the memory in KiB."""
    with subprocess.Popen(sys.argv[1:]) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    print(used.ru_maxrss // (1024 if sys.platform == "darwin" else 1))
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
