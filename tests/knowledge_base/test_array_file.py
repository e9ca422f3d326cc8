"""Arrays in a file: whole or not there at all, and never believed when a single byte is wrong."""

import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from knowledge_base.engine.array_file import DamagedFile, open_arrays, write_arrays

ARRAYS = {
    "numbers": np.arange(1_000, dtype=np.int32),
    "none": np.empty(0, np.float32),
    "flags": np.array([True, False, True]),
    "table": np.arange(12, dtype=np.float16).reshape(3, 4),
}
FACTS = {"revision": 7, "stamp": "abc"}


@pytest.fixture
def path(tmp_path):
    """A file as it should be."""
    path = tmp_path / "a.index"
    write_arrays(path, ARRAYS, FACTS)
    return path


def test_arrays_and_facts_come_back_as_they_were(path):
    arrays, facts = open_arrays(path)

    assert facts == FACTS
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_mapped_arrays_cannot_be_written_to(path):
    arrays, _ = open_arrays(path)

    with pytest.raises(ValueError, match="read-only"):
        arrays["numbers"][0] = 1


def test_a_file_is_replaced_and_never_cut_off_under_whoever_has_it_mapped(path):
    arrays, _ = open_arrays(path)
    before = path.stat()

    write_arrays(path, {"numbers": np.arange(3, dtype=np.int32)}, {})

    assert path.stat().st_ino != before.st_ino
    assert path.stat().st_size < before.st_size
    for name, array in ARRAYS.items():  # every page of the old file can still be read
        np.testing.assert_array_equal(arrays[name], array)
    assert list(open_arrays(path)[0]["numbers"]) == [0, 1, 2]


def test_every_altered_byte_is_noticed(path):
    whole = path.read_bytes()
    arrays, facts = open_arrays(path)
    meaningless = 0

    for place in range(0, len(whole), 7):
        altered = bytearray(whole)
        altered[place] ^= 0x41
        path.write_bytes(altered)
        try:
            again, facts_again = open_arrays(path)
        except DamagedFile:
            continue
        meaningless += 1
        assert facts_again == facts
        assert all(np.array_equal(again[name], arrays[name]) for name in arrays)

    assert meaningless < len(whole) / 7 * 0.1  # only the space between arrays


@pytest.mark.parametrize("kept", [0, 1, 7, 20, 100, 1_000, -1])
def test_cut_off_file_is_noticed(path, kept):
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(DamagedFile):
        open_arrays(path)


@pytest.mark.parametrize("content", [b"SQLite format 3\0" * 100, b"\0" * 5_000, b"MINHUARR" * 9])
def test_something_else_altogether_is_noticed(path, content):
    path.write_bytes(content)

    with pytest.raises(DamagedFile):
        open_arrays(path)


def test_longer_file_is_noticed(path):
    path.write_bytes(path.read_bytes() + b"\0")

    with pytest.raises(DamagedFile):
        open_arrays(path)


def test_writing_again_does_not_disturb_who_reads(path):
    arrays, _ = open_arrays(path)

    write_arrays(path, {"numbers": np.zeros(3)}, {})

    np.testing.assert_array_equal(arrays["numbers"], ARRAYS["numbers"])
    assert len(open_arrays(path)[0]["numbers"]) == 3


def test_folder_that_cannot_be_written_to_is_an_error_and_nothing_is_left(tmp_path):
    with pytest.raises(OSError):
        write_arrays(tmp_path / "absent" / "a.index", ARRAYS, FACTS)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_FSIZE")
def test_full_disk_is_an_error_and_nothing_is_left(tmp_path):
    program = """
        import resource, signal, sys
        from pathlib import Path
        import numpy as np
        from knowledge_base.engine.array_file import write_arrays
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            write_arrays(Path(sys.argv[1]), {"a": np.zeros(1_000_000)}, {})
        except OSError as error:
            print("refused", error.errno)
    """

    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path / "a.index")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.startswith("refused")
    assert list(tmp_path.iterdir()) == []


def test_writer_that_is_killed_leaves_the_old_file(path):
    program = """
        import os, signal, sys
        from pathlib import Path
        import numpy as np
        import knowledge_base.engine.array_file as module

        class Deadly(dict):
            def values(self):
                yield np.zeros(1_000_000)
                print("half written", flush=True)
                signal.pause()

        module.write_arrays(Path(sys.argv[1]), Deadly(a=np.zeros(1_000_000)), {})
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "half written\n"
    assert len(list(path.parent.iterdir())) == 2

    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()

    assert open_arrays(path)[1] == FACTS
