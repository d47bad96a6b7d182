"""Why a connection or an exchange failed, in plain words with a remedy."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

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
    _Known(httpx.ConnectTimeout, UNCONNECTED, "check base_url and the firewall"),
    _Known(httpx.PoolTimeout, "no connection of the pool became free"),
    _Known(httpx.ReadTimeout, "no response within the deadline"),
    _Known(httpx.WriteTimeout, "the request could not be sent within the deadline"),
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
    _Known(
        httpx.RemoteProtocolError, TLS_PORT, "write https:// in base_url", _reason("\\x15\\x03")
    ),
    _Known(httpx.RemoteProtocolError, CLOSED, test=_reason("without sending a response")),
    _Known(httpx.RemoteProtocolError, CUT, test=_reason("complete message", "incomplete chunked")),
    _Known(httpx.RemoteProtocolError, NOT_HTTP, _CHECK_URL),
)
"""The first line that fits decides; of an error's chain, the innermost error that any line fits."""

_REMEDIES = {known.words: known.remedy for known in _KNOWN}


class TunnelRefused(OSError):
    """A proxy did not open the tunnel to the server; the text is its status line."""


def cause_of(error: BaseException) -> str:
    """Return why something failed: words of the table, else the error's own."""
    # A client's own error tells which wait was too long; else the innermost error knows most.
    outermost, *inner = _chain(error)
    for one in (outermost, *reversed(inner)):
        if isinstance(one, TunnelRefused | httpx.ProxyError):
            return f"the proxy refused the connection: {one}"
        for known in _KNOWN:
            if isinstance(one, known.kind) and known.test(one):
                return known.words
    text = getattr(error, "strerror", None) or str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def remedy_of(cause: str) -> str:
    """Return what a user can do about a cause, empty where nothing is known."""
    if cause.startswith("the proxy refused the connection"):
        return "a login stands in the proxy's address, http://user:password@host:port"
    return _REMEDIES.get(cause, "")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from, the outermost first."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
