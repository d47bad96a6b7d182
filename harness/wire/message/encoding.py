"""Content encodings: bodies of responses decoded up to a bound, bodies of requests encoded."""

from __future__ import annotations

import gzip
import importlib
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from harness.model.exchange import Request

BODY_BYTES_MAX = 64 * 2**20
"""No honest response is longer, encoded or decoded."""

Codec = Callable[[bytes, int], bytes]
"""Encoded bytes and the most that may come of them, to the decoded ones; raises UndecodableBody."""


class UndecodableBody(Exception):
    """A body is not what its Content-Encoding says, or too long; the text says which."""


def _whole(decoder: Any, data: bytes, most: int) -> bytes:
    """Return what a decoder with `decompress`, `eof` and `unused_data` makes of the bytes."""
    made: bytes = decoder.decompress(data, most + 1)
    if len(made) > most:
        raise UndecodableBody(f"it has more than {most:,} bytes when decoded")
    if not decoder.eof:
        raise UndecodableBody("its encoding breaks off")
    return made


def _frames(make: Callable[[], Any], data: bytes, most: int) -> bytes:
    """Return what one frame after another holds; zeros behind the last one are padding."""
    made = b""
    while data:
        decoder = make()
        made += _whole(decoder, data, most - len(made))
        data = decoder.unused_data.lstrip(b"\0")
    return made


def _gzip(data: bytes, most: int) -> bytes:
    return _frames(partial(zlib.decompressobj, wbits=zlib.MAX_WBITS | 16), data, most)


def _deflate(data: bytes, most: int) -> bytes:
    try:
        return _whole(zlib.decompressobj(), data, most)
    except zlib.error:
        # Some servers leave out the header that the name asks for.
        return _whole(zlib.decompressobj(wbits=-zlib.MAX_WBITS), data, most)


def _brotli(module: Any) -> Codec:
    # Releases before 1.2 know no bound, and raise TypeError here.
    module.Decompressor().process(b"", output_buffer_limit=1)

    def decode(data: bytes, most: int) -> bytes:
        decoder = module.Decompressor()
        made: bytes = decoder.process(data, output_buffer_limit=most + 1)
        if len(made) > most:
            raise UndecodableBody(f"it has more than {most:,} bytes when decoded")
        if not decoder.is_finished():
            raise UndecodableBody("its encoding breaks off")
        return made

    return decode


def _zstd(module: Any) -> Codec:
    return partial(_frames, module.ZstdDecompressor)


def _module(*names: str) -> Any:
    """Return the first of some modules that is installed, None without any."""
    for name in names:
        with suppress(ImportError):
            return importlib.import_module(name)
    return None


_BROTLI = _module("brotli", "brotlicffi")
_ZSTD = _module("compression.zstd", "backports.zstd")

DECODERS: dict[str, Codec] = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate}
"""Decoders by the name of their encoding: those that Python has, or that a package adds."""

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


def decoded(body: bytes, encodings: str, most: int = BODY_BYTES_MAX) -> bytes:
    """Return a body as it was before its Content-Encoding; raises UndecodableBody.

    `encodings` is the value of the header; the last one was applied last.
    """
    for written in reversed(encodings.split(",")):
        name = written.strip().lower()
        if not body or name in ("", "identity"):
            continue
        decode = DECODERS.get(name)
        if decode is None:
            raise UndecodableBody(f"its encoding {name} cannot be decoded here")
        try:
            body = decode(body, most)
        except UndecodableBody:
            raise
        except Exception as error:  # each package has errors of its own
            raise UndecodableBody(f"it is not in the encoding {name}: {error}") from None
    return body
