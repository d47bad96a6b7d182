"""The transport of a load, in one process of greenlets."""

from __future__ import annotations

from gevent import socket
from gevent.monkey import get_original

from harness.wire.transport import Transport


class LoadClient(Transport):
    """Waits in greenlets, and asks for bodies as they are: the server is measured, no decoder."""

    accepts = "identity"
    net = socket
    poll = staticmethod(get_original("select", "poll"))
