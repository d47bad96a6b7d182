"""Serve Brightmiles until the process is stopped; the first line says on which port."""

from __future__ import annotations

import argparse

from tests.brightmiles.server.handler import handler_of
from tests.brightmiles.server.settings import Settings
from tests.starpoints.server.__main__ import Server


def main() -> None:
    """Read the options, say the port, serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.brightmiles.server")
    parser.add_argument("--defect", action="append", default=[])
    defects = frozenset(parser.parse_args().defect)
    server = Server(("127.0.0.1", 0), handler_of(Settings(defects)))
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
