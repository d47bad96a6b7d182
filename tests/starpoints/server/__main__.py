"""Serve Starpoints until the process is stopped; the first line says on which port."""

from __future__ import annotations

import argparse
import socket
import ssl
import sys
import traceback
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.starpoints.server.handler import handler_of
from tests.starpoints.server.settings import Settings


class Server(ThreadingHTTPServer):
    """A thread for each connection; what ends a connection is not worth a word."""

    daemon_threads = True
    request_queue_size = 512
    loopback = "127.0.0.1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Show what went wrong, unless it is the connection itself."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()


class Server6(Server):
    """The same, on IPv6."""

    address_family = socket.AF_INET6
    loopback = "::1"


def main() -> None:
    """Read the options, say the port, serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.starpoints.server")
    parser.add_argument("--habit", action="append", default=[])
    parser.add_argument("--defect", action="append", default=[])
    parser.add_argument("--base-path", default="")
    parser.add_argument("--initial-balance", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--token-uses", type=int, default=3600)
    parser.add_argument("--freeze-after", type=int, default=0)
    parser.add_argument("--fail-after", type=int, default=0)
    parser.add_argument("--die-after", type=int, default=0)
    parser.add_argument("--job-seconds", type=float, default=0.3)
    parser.add_argument("--ipv6", action="store_true")
    parser.add_argument("--certificate", type=Path)
    options = vars(parser.parse_args())
    certificate, ipv6 = options.pop("certificate"), options.pop("ipv6")
    habits, defects = frozenset(options.pop("habit")), frozenset(options.pop("defect"))
    made = Server6 if ipv6 else Server
    handler = handler_of(Settings(habits=habits, defects=defects, **options))
    server = made((made.loopback, 0), handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
