"""Named arrays in one file that any process maps: written whole or not at all, checked before it is used.

A file begins with a mark, the length of its list of contents and a checksum of that list; the list names each
array's type, shape, place and CRC-32. Every byte that means something is covered, so a file that was cut off, altered
or is not ours is told apart from a good one before a single number of it is believed.
"""

import json
import mmap
import os
import struct
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Any, BinaryIO

import numpy as np

from knowledge_base.engine.columns import Array

TEMPORARY = ".part"
_MARK = b"MINHUARR"
_HEAD = struct.Struct("<8sQI")
_ALIGN = 64


class DamagedFile(Exception):
    """A file is not one that `write_arrays` has finished: cut off, altered, or something else altogether."""


def write_arrays(path: Path, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
    """Write arrays and a few facts about them under a name at which nobody ever sees half a file.

    Raises OSError, and leaves nothing behind, when the folder cannot be written to or the disk is full.
    """
    handle, name = mkstemp(dir=path.parent, prefix=path.stem, suffix=TEMPORARY)
    try:
        with os.fdopen(handle, "wb") as file:
            _write(file, arrays, facts)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _keep_name(path.parent)


def open_arrays(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """Map a file and return its arrays, which cannot be written to, and its facts.

    Raises DamagedFile for anything but a whole and unaltered file, and OSError when it cannot be read.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < _HEAD.size:
            raise DamagedFile(path)
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        contents = _contents(mapped)
        arrays = {entry["name"]: _array(mapped, entry) for entry in contents["arrays"]}
    except (ValueError, KeyError, TypeError, struct.error) as error:
        raise DamagedFile(path) from error
    return arrays, contents["facts"]


def _write(file: BinaryIO, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
    listed: list[dict[str, Any]] = []
    place = 0
    for name, array in arrays.items():
        listed.append(
            {
                "name": name,
                "type": array.dtype.str,
                "shape": array.shape,
                "place": place,
                "check": zlib.crc32(_bytes(array)),
            }
        )
        place = _aligned(place + array.nbytes)
    text = json.dumps({"facts": dict(facts), "arrays": listed, "size": place}).encode()
    head = _HEAD.pack(_MARK, len(text), zlib.crc32(text))
    file.write((head + text).ljust(_aligned(len(head) + len(text)), b"\0"))
    for array in arrays.values():
        file.write(_bytes(array))
        file.write(bytes(_aligned(array.nbytes) - array.nbytes))


def _contents(mapped: mmap.mmap) -> dict[str, Any]:
    mark, length, check = _HEAD.unpack_from(mapped)
    text = mapped[_HEAD.size : _HEAD.size + length]
    if mark != _MARK or len(text) != length or zlib.crc32(text) != check:
        msg = "not the beginning of an array file"
        raise ValueError(msg)
    contents: dict[str, Any] = json.loads(text)
    contents["begins"] = _aligned(_HEAD.size + length)
    if len(mapped) != contents["begins"] + contents["size"]:
        msg = "cut off, or longer than it should be"
        raise ValueError(msg)
    for entry in contents["arrays"]:
        entry["place"] += contents["begins"]
    return contents


def _array(mapped: mmap.mmap, entry: Mapping[str, Any]) -> Array:
    kind, shape = np.dtype(entry["type"]), tuple(entry["shape"])
    count = int(np.prod(shape, dtype=np.int64))
    array = np.frombuffer(mapped, kind, count, entry["place"])
    if zlib.crc32(_bytes(array)) != entry["check"]:
        msg = f"{entry['name']} is altered"
        raise ValueError(msg)
    return array.reshape(shape)


def _bytes(array: Array) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _aligned(place: int) -> int:
    return -(-place // _ALIGN) * _ALIGN


def _keep_name(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
