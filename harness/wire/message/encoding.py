"""Content encodings: bodies of responses decoded as they come, bodies of requests encoded."""

from __future__ import annotations

import gzip
import importlib
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from harness.model.exchange import Request

_ENCODINGS_MAX = 4
"""No honest response has been encoded more often."""
_WINDOW_LOG_MAX = 23
"""A window of 8 MiB, the largest that a server may use for Zstandard (RFC 9659)."""


class UndecodableBody(Exception):
    """A body is not what its Content-Encoding says; the text says in what way."""


class BodyTooLong(UndecodableBody):
    """A body has more bytes when decoded than may come of it."""


class Decoder(Protocol):
    """Undoes one encoding of one body."""

    def decode(self, data: bytes, most: int) -> bytes:
        """Return what these bytes add; more than `most` bytes where there are more."""
        ...

    def is_whole(self) -> bool:
        """Say whether the encoded bytes so far have come to their end."""
        ...


class _Frames:
    """Undoes one frame after another; zeros behind the last one are padding.

    `make` returns what decodes a frame: it has `decompress`, `eof` and `unused_data`.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._frame: Any = None
        self._any = False

    def decode(self, data: bytes, most: int) -> bytes:
        made = []
        while data and most >= 0:
            if self._frame is None:
                if self._any and not (data := data.lstrip(b"\0")):
                    break
                self._frame, self._any = self._make(), True
            # One byte more than there may be shows that there is more.
            piece = self._frame.decompress(data, most + 1)
            made.append(piece)
            most -= len(piece)
            data = b""
            if self._frame.eof:
                data, self._frame = self._frame.unused_data, None
        return b"".join(made)

    def is_whole(self) -> bool:
        return self._frame is None


class _Deflate:
    """Undoes `deflate`; some servers leave out the header that the name asks for."""

    def __init__(self) -> None:
        self._begin = b""
        self._stream: Any = None

    def decode(self, data: bytes, most: int) -> bytes:
        if self._stream is None:
            self._begin = data = self._begin + data
            if len(data) < 2:
                return b""
            headed = data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2]) % 31 == 0
            self._stream = zlib.decompressobj(wbits=zlib.MAX_WBITS * (1 if headed else -1))
        made: bytes = self._stream.decompress(data, most + 1)
        return made

    def is_whole(self) -> bool:
        return self._stream is not None and self._stream.eof


class _Brotli:
    """Undoes `br`."""

    def __init__(self, module: Any) -> None:
        self._stream = module.Decompressor()

    def decode(self, data: bytes, most: int) -> bytes:
        made: bytes = self._stream.process(data, output_buffer_limit=most + 1)
        return made

    def is_whole(self) -> bool:
        return bool(self._stream.is_finished())


def _brotli(module: Any) -> Callable[[], Decoder]:
    # Releases before 1.2 know no bound, and raise TypeError here.
    module.Decompressor().process(b"", output_buffer_limit=1)
    return partial(_Brotli, module)


def _zstd(module: Any) -> Callable[[], Decoder]:
    options = {module.DecompressionParameter.window_log_max: _WINDOW_LOG_MAX}
    return partial(_Frames, partial(module.ZstdDecompressor, options=options))


def _module(*names: str) -> Any:
    """Return the first of some modules that is installed, None without any."""
    for name in names:
        with suppress(ImportError):
            return importlib.import_module(name)
    return None


_BROTLI = _module("brotli", "brotlicffi")
_ZSTD = _module("compression.zstd", "backports.zstd")

_GZIP = partial(_Frames, partial(zlib.decompressobj, wbits=zlib.MAX_WBITS | 16))
DECODERS: dict[str, Callable[[], Decoder]] = {
    "gzip": _GZIP,
    "x-gzip": _GZIP,
    "deflate": _Deflate,
}
"""What makes a decoder, by the name of its encoding: those of Python, and of packages."""

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": partial(gzip.compress, mtime=0),
    "deflate": zlib.compress,
}
"""Encoders by the name of their encoding."""

if _BROTLI is not None:
    ENCODERS["br"] = _BROTLI.compress
    with suppress(TypeError):
        DECODERS["br"] = _brotli(_BROTLI)
if _ZSTD is not None:
    ENCODERS["zstd"] = _ZSTD.compress
    DECODERS["zstd"] = _zstd(_ZSTD)

ACCEPTED = ", ".join(name for name in DECODERS if name != "x-gzip")
"""What a request may say that it accepts."""


def encoded(request: Request) -> bytes:
    """Return the body of a request in its encoding; one that is unknown here changes nothing."""
    if not request.encoding:
        return request.body
    encode = ENCODERS.get(request.encoding.strip().lower())
    return request.body if encode is None else encode(request.body)


class Decoding:
    """Undoes the encodings of one body as its bytes come, and holds no more than it may have.

    `encodings` is the value of Content-Encoding, of which the last one was applied last. `most` is
    how many bytes may come of it, and of each encoding. Raises UndecodableBody.
    """

    def __init__(self, encodings: str, most: int) -> None:
        names = [name for one in encodings.split(",") if (name := one.strip().lower())]
        self._stages: list[tuple[str, Decoder]] = []
        self._left: list[int] = []
        for name in reversed([name for name in names if name != "identity"]):
            if name not in DECODERS:
                raise UndecodableBody(f"its encoding {name} cannot be decoded here")
            self._stages.append((name, DECODERS[name]()))
            self._left.append(most)
        if len(self._stages) > _ENCODINGS_MAX:
            raise UndecodableBody(f"it has more than {_ENCODINGS_MAX} encodings")
        self._any = False

    def decode(self, data: bytes) -> bytes:
        """Return what these bytes of the body add; raises UndecodableBody and BodyTooLong."""
        self._any = self._any or bool(data)
        for index, (name, stage) in enumerate(self._stages):
            if not data:
                break
            try:
                data = stage.decode(data, self._left[index])
            except Exception as error:  # each package has errors of its own
                raise UndecodableBody(f"it is not in the encoding {name}: {error}") from None
            self._left[index] -= len(data)
            if self._left[index] < 0:
                raise BodyTooLong("it has too many bytes when decoded")
        return data

    def end(self) -> None:
        """Raise UndecodableBody if there is a body and its encoding breaks off."""
        for name, stage in self._stages if self._any else ():
            if not stage.is_whole():
                raise UndecodableBody(f"its encoding {name} breaks off")


def decoded(body: bytes, encodings: str, most: int) -> bytes:
    """Return a whole body as it was before its Content-Encoding; raises UndecodableBody."""
    decoding = Decoding(encodings, most)
    whole = decoding.decode(body)
    decoding.end()
    return whole
