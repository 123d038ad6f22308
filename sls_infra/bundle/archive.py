"""A zip whose bytes depend on nothing but the names and contents put in.

**Which compression.** A deflated stream is not fixed by its content: zlib, its distributions' patches, zlib-ng (Fedora,
Python's own installers since 3.14) and their CPU-specific paths each find other matches, so the standard library's
`zipfile` makes other bytes from one machine to the next. Three ways out were weighed:

- *Storing* everything holds anywhere, but AWS takes 50 MB in a direct upload and zips of Python libraries deflate to
  about a third: pandas would not fit, and each deployment would send three times the bytes.
- *Zopfli* computes with floating point and is known to differ between systems
  (https://github.com/google/zopfli/issues/20), at a hundredth of the speed.
- *libdeflate* is deterministic for one version (https://github.com/ebiggers/libdeflate/issues/400), and uses a CPU's
  extensions for checksums and table upkeep only, never to choose a match. The `deflate` wheel (70 kB, no dependencies)
  carries its own copy for every platform.

Hence `deflate`, pinned to one version in `pyproject.toml`; a change of that pin changes the bytes of every bundle, as
any change of the runtime does. Version 0.9.0 (libdeflate 1.26) was held against builds of the same source for i586 and
wasm32 on 12,715 files of 197 MB: no stream differed. A test holds it to a digest computed with all three.

Everything else that could vary is fixed: order, time stamps (1980-01-01, the format's first), modes (0755 for what
starts as an executable does, by content, so that no file system or umask matters; 0644 for the rest), no extra fields.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import deflate

from ..errors import BundleError

LEVEL = 6
"""Of libdeflate's 1 to 12: 9 and above cost twice the time for half a percent."""
COMPRESSOR = f"deflate {deflate.__version__} level {LEVEL}"
"""What decides the bytes beside the content."""

_STORED, _DEFLATED = 0, 8
_VERSION = 20  # 2.0: deflate and folders
_UNIX = 3 << 8
_UTF8 = 1 << 11
_DATE = (0 << 9) | (1 << 5) | 1  # 1980-01-01
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_MOST_FILES = 0xFFFF
_MOST_BYTES = 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class Member:
    """A file as it is in a zip: compressed once, copied from zip to zip from then on."""

    name: str
    data: bytes
    method: int
    crc: int
    size: int
    """Unpacked, in bytes."""
    mode: int


def member(name: str, content: bytes) -> Member:
    """Compress one file, or store it where compressing gains nothing."""
    packed = bytes(deflate.deflate_compress(content, LEVEL))
    smaller = len(packed) < len(content)
    mode = 0o755 if content.startswith((b"\x7fELF", b"#!")) else 0o644
    return Member(
        name, packed if smaller else content, _DEFLATED if smaller else _STORED, zlib.crc32(content), len(content), mode
    )


class Reader:
    """A zip that `write` made, to copy files from without unpacking them. A context manager."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            with zipfile.ZipFile(self._file) as archive:
                self._infos = {info.filename: info for info in archive.infolist()}
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def names(self) -> list[str]:
        """Of all files, in the order of the zip."""
        return list(self._infos)

    def member(self, name: str, renamed: str) -> Member:
        """One file as it is in the zip, under another name."""
        info = self._infos[name]
        self._file.seek(info.header_offset + _LOCAL.size + len(name.encode()))
        data = self._file.read(info.compress_size)
        mode = (info.external_attr >> 16) & 0o777
        return Member(renamed, data, info.compress_type, info.CRC, info.file_size, mode)


def write(file: BinaryIO, contents: Iterator[Member]) -> None:
    """Write a zip of `contents`, which come sorted and without doubles. The format is PKWARE's APPNOTE 6.3.10."""
    directory: list[bytes] = []
    offset = 0
    for each in contents:
        name = each.name.encode()
        flags = 0 if name.isascii() else _UTF8
        common = (_VERSION, flags, each.method, 0, _DATE, each.crc, len(each.data), each.size, len(name), 0)
        directory.append(
            _CENTRAL.pack(b"PK\1\2", _UNIX | _VERSION, *common, 0, 0, 0, (0o100000 | each.mode) << 16, offset) + name
        )
        file.write(_LOCAL.pack(b"PK\3\4", *common) + name)
        file.write(each.data)
        offset += _LOCAL.size + len(name) + len(each.data)
        if len(directory) > _MOST_FILES or offset > _MOST_BYTES:
            raise BundleError("there is more than a zip can hold (65,535 files, 2 GiB): exclude some")
    entries = b"".join(directory)
    file.write(entries)
    file.write(_END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), len(entries), offset, 0))
