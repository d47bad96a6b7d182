"""Why a connection or an exchange failed, in plain words with a remedy."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.model.target import Limits

_TRUST = "name its authority in ca_file of the target or in SSL_CERT_FILE"
_CLIENT = "name one in client_certificate of the target"
_CHECK_URL = "check base_url"


@dataclass(frozen=True, slots=True)
class _Known:
    """Errors that are told by the same words: those of a type for which `test` holds."""

    kind: type[BaseException]
    words: str
    remedy: str = ""
    test: Callable[[BaseException], bool] = lambda error: True


def _verify(*codes: int) -> Callable[[BaseException], bool]:
    return lambda error: getattr(error, "verify_code", None) in codes


def _reason(*parts: str) -> Callable[[BaseException], bool]:
    return lambda error: any(part in f"{getattr(error, 'reason', '')} {error}" for part in parts)


def _number(*numbers: int) -> Callable[[BaseException], bool]:
    return lambda error: getattr(error, "errno", None) in numbers


CLOSED = "the server closed the connection without a response"
RESET = "the server reset the connection"
NOT_HTTP = "the response is not HTTP/1.1"
SLOW = "no complete response within the deadline"
UNCONNECTED = "no connection within the deadline"
CUT = "the response ended in the middle"
UNDECODABLE = "the content encoding of the response cannot be decoded"
TLS_PORT = "the port speaks TLS"

_KNOWN = (
    _Known(ConnectionRefusedError, "connection refused", "is it running?"),
    _Known(socket.gaierror, "the host name cannot be resolved", _CHECK_URL),
    _Known(
        ssl.SSLCertVerificationError,
        "the certificate has expired",
        "it must be renewed; check the clock of this machine too",
        _verify(10),
    ),
    _Known(
        ssl.SSLCertVerificationError,
        "the certificate is not valid yet",
        "check the clock of this machine",
        _verify(9),
    ),
    _Known(
        ssl.SSLCertVerificationError,
        "the certificate is self-signed and not trusted",
        "name it in ca_file of the target or in SSL_CERT_FILE",
        _verify(18),
    ),
    _Known(
        ssl.SSLCertVerificationError,
        "the certificate is not trusted",
        _TRUST,
        _verify(2, 19, 20, 21),
    ),
    _Known(
        ssl.SSLCertVerificationError,
        "the certificate is for another host",
        "use a host name that the certificate holds in base_url",
        _verify(62, 64),
    ),
    _Known(ssl.SSLCertVerificationError, "the certificate is not valid", _TRUST),
    _Known(
        ssl.SSLError,
        "the server asks for a client certificate",
        _CLIENT,
        _reason("CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE"),
    ),
    _Known(
        ssl.SSLError,
        "the server does not accept the client certificate",
        "check client_certificate of the target",
        _reason("ALERT_UNKNOWN_CA", "ALERT_BAD_CERTIFICATE", "ALERT_CERTIFICATE"),
    ),
    _Known(
        ssl.SSLError,
        "the port does not speak TLS",
        "write http:// in base_url",
        _reason(
            "WRONG_VERSION_NUMBER",
            "HTTP_REQUEST",
            "UNKNOWN_PROTOCOL",
            "RECORD_LAYER_FAILURE",
            "PACKET_LENGTH_TOO_LONG",
            "UNEXPECTED_MESSAGE",
        ),
    ),
    _Known(
        ssl.SSLError,
        "client and server have no TLS version in common",
        "the server must offer TLS 1.2 or newer",
        _reason("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"),
    ),
    _Known(ssl.SSLZeroReturnError, CLOSED),
    _Known(ssl.SSLEOFError, "the server closed the connection during TLS"),
    _Known(TimeoutError, UNCONNECTED, "check base_url and the firewall"),
    _Known(ConnectionResetError, RESET),
    _Known(BrokenPipeError, RESET),
    _Known(ConnectionAbortedError, RESET),
    _Known(
        OSError,
        "the host cannot be reached",
        "check base_url and the network",
        _number(errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL),
    ),
    _Known(OSError, UNCONNECTED, "check base_url and the firewall", _number(errno.ETIMEDOUT)),
    _Known(
        OSError,
        "too many open files",
        "raise the limit: ulimit -n",
        _number(errno.EMFILE, errno.ENFILE),
    ),
)
"""The first line that fits decides; of an error's chain, the innermost error that any line fits."""

_REMEDIES = {
    TLS_PORT: "write https:// in base_url",
    NOT_HTTP: _CHECK_URL,
    **{known.words: known.remedy for known in _KNOWN},
}
_EXCEEDED = {
    "body_bytes": "a body of more than {:,} bytes",
    "together_bytes": "bodies of more than {:,} bytes, received together",
    "scenario_bytes": "bodies of more than {:,} bytes in all",
    "header_bytes": "headers of more than {:,} bytes",
    "header_count": "more than {:,} headers",
    "nesting": "JSON nested more than {:,} levels deep",
    "csv_rows": "a CSV file of more than {:,} rows",
}
_LIMIT = re.compile(r"\(limits\.(\w+) of the target\)")


class TunnelRefused(OSError):
    """A proxy did not open the tunnel to the server; the text is its status line."""


def cause_of(error: BaseException) -> str:
    """Return why something failed: words of the table, else the error's own."""
    # The innermost error knows most.
    for one in reversed(list(_chain(error))):
        if isinstance(one, TunnelRefused):
            return f"the proxy refused the connection: {one}"
        for known in _KNOWN:
            if isinstance(one, known.kind) and known.test(one):
                return known.words
    text = getattr(error, "strerror", None) or str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def exceeded(limits: Limits, name: str) -> str:
    """Return why a response that exceeds a limit was not read."""
    declared = "body_bytes" if name in ("together_bytes", "scenario_bytes") else name
    return f"{_EXCEEDED[name].format(getattr(limits, name))} (limits.{declared} of the target)"


def remedy_of(cause: str) -> str:
    """Return what a user can do about a cause, empty where nothing is known."""
    if limit := _LIMIT.search(cause):
        return f"raise `limits: {{{limit[1]}: …}}` if the API really sends that much"
    if cause.startswith("the proxy refused the connection"):
        return "a login stands in the proxy's address, http://user:password@host:port"
    return _REMEDIES.get(cause, "")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from, the outermost first."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
