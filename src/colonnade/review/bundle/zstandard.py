"""Members are compressed one by one, and come back only within the size that was promised for them."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_WRITTEN: dict[int, int] = {
    zstd.CompressionParameter.compression_level: 9,
    zstd.CompressionParameter.checksum_flag: 1,
    zstd.CompressionParameter.content_size_flag: 1,
}
_READ: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}
"""At most 8 MiB of memory for a window, whatever the frame asks for."""


class Damaged(ValueError):
    """What was to be decompressed is no frame, breaks off, or holds more or less than was promised."""


def packed(content: bytes) -> bytes:
    """One frame with a checksum."""
    return zstd.compress(content, options=_WRITTEN)


def unpacked(data: bytes, size: int) -> bytes:
    """The content of one frame, which must have exactly `size` bytes; not one more is ever produced.

    Raises:
        Damaged: anything else.
    """
    reader = zstd.ZstdDecompressor(options=_READ)
    try:
        content = reader.decompress(data, max_length=size + 1)
        if len(content) == size and not reader.eof:
            content += reader.decompress(b"", max_length=1)
    except zstd.ZstdError as error:
        raise Damaged(str(error)) from error
    except EOFError as error:
        raise Damaged("it breaks off") from error
    if len(content) != size or not reader.eof or reader.unused_data:
        raise Damaged("it does not hold what was promised")
    return content
