"""The local store on real disks: damaged, full, read-only, raced for, killed half-way."""

import errno
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest

from promptpress.adapters.local import LocalStore
from promptpress.errors import BadPicture, PermanentError, SetupError
from tests.disks import as_root, small_disk

CONTENT = b"\x89PNG not really, but a store does not look" * 50
SHA = hashlib.sha256(CONTENT).hexdigest()
NOBODY = 65_534
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "media"


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_picture_lies_where_its_hash_says(folder: Path) -> None:
    """The reference is the path below the folder, and nothing else lies there."""
    ref = LocalStore(folder).put(CONTENT, SHA, ".png")

    assert f"{SHA[:2]}/{SHA[2:]}.png" == ref
    assert [ref] == files_below(folder)


@pytest.mark.parametrize("damage", [b"", CONTENT[:-1], b"x" * len(CONTENT)])
def test_a_damaged_file_is_noticed_and_repaired(folder: Path, damage: bytes) -> None:
    """Reading refuses a file that changed; putting the bytes again mends it."""
    store = LocalStore(folder)
    ref = store.put(CONTENT, SHA, ".png")
    (folder / ref).write_bytes(damage)

    with pytest.raises(PermanentError, match="changed or damaged"):
        store.get(ref)
    store.put(CONTENT, SHA, ".png")

    assert store.get(ref) == CONTENT


@pytest.mark.parametrize(
    "ref",
    ["../secret", "/etc/passwd", "ab/../../secret", f"../{SHA[:2]}/{SHA[2:]}.png", "", "ab", "\0",
     f"{SHA[:2]}/{SHA[2:]}.png\n", f"{SHA[:2]}\\{SHA[2:]}.png"],
)  # fmt: skip
def test_a_reference_cannot_leave_the_folder(folder: Path, ref: str) -> None:
    """Only names the store gives are read."""
    folder.mkdir(parents=True)
    (folder.parent / "secret").write_text("secret")

    with pytest.raises(PermanentError, match="no picture of this store"):
        LocalStore(folder).get(ref)


@pytest.mark.parametrize("suffix", ["", "./../x", ".PNG", ".png/..", "." * 9])
def test_a_strange_suffix_is_refused(folder: Path, suffix: str) -> None:
    """A file's name cannot be steered by its suffix."""
    with pytest.raises(BadPicture):
        LocalStore(folder).put(CONTENT, SHA, suffix)

    assert not folder.exists()


def test_the_check_leaves_nothing(folder: Path) -> None:
    """Neither a file nor a folder is left, whether the folder is there or not."""
    LocalStore(folder).check()
    assert not folder.parent.exists()

    folder.mkdir(parents=True)
    LocalStore(folder).check()
    assert list(folder.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_a_matter_of_set_up(tmp_path: Path) -> None:
    """Check, put and get say that something stands in the way, and where to look."""
    blocked = tmp_path / "media"
    blocked.write_text("a file")
    store = LocalStore(blocked)

    for act in (
        store.check,
        lambda: store.put(CONTENT, SHA, ".png"),
        lambda: store.get(f"{SHA[:2]}/{SHA[2:]}.png"),
    ):
        with pytest.raises(SetupError, match="DATA_DIR"):
            act()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up root's right to write everywhere, for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def locked() -> Iterator[Path]:
    """Return a folder that anybody may read and only root may write."""
    # Not tmp_path: pytest lets nobody but its own user into that.
    folder = Path(tempfile.mkdtemp(prefix="promptpress-"))
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_may_not_be_written_is_a_matter_of_set_up(locked: Path) -> None:
    """Check and put name the folder and the remedy, and leave nothing."""
    store = LocalStore(locked)

    with as_nobody():
        with pytest.raises(SetupError, match="let this user write there"):
            store.check()
        with pytest.raises(SetupError, match=str(locked)):
            store.put(CONTENT, SHA, ".png")

    assert list(locked.iterdir()) == []


def test_a_picture_too_large_for_the_disk_leaves_nothing(folder: Path) -> None:
    """Writing stops half way: the error says to make room, and no half file is left."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    large = bytes(300_000)
    store = LocalStore(folder)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(SetupError, match="make room"):
            store.put(large, hashlib.sha256(large).hexdigest(), ".png")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert files_below(folder) == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 128 KB of its own."""
    with small_disk(tmp_path / "disk", "128k") as disk:
        yield disk


def test_a_full_disk_loses_nothing_and_leaves_nothing(tiny_disk: Path) -> None:
    """What was stored stays, the next picture is refused whole, and works once there is room."""
    store = LocalStore(tiny_disk)
    kept = store.put(CONTENT, SHA, ".png")
    large = bytes(100_000)
    filler = tiny_disk / "filler"
    filler.write_bytes(bytes(60_000))

    with pytest.raises(SetupError, match=os.strerror(errno.ENOSPC)):
        store.put(large, hashlib.sha256(large).hexdigest(), ".png")
    with pytest.raises(SetupError, match="make room"):
        store.check()

    assert store.get(kept) == CONTENT
    assert [kept, "filler"] == sorted(files_below(tiny_disk), key=lambda name: name == "filler")
    filler.unlink()
    assert large == store.get(store.put(large, hashlib.sha256(large).hexdigest(), ".png"))


def test_a_disk_mounted_read_only_is_a_matter_of_set_up(tiny_disk: Path) -> None:
    """Nothing can be put, and what is there can still be got."""
    store = LocalStore(tiny_disk)
    ref = store.put(CONTENT, SHA, ".png")
    assert as_root("mount", "-o", "remount,ro", str(tiny_disk))

    with pytest.raises(SetupError, match="let this user write there"):
        store.check()
    other = CONTENT + b"!"
    with pytest.raises(SetupError, match=os.strerror(errno.EROFS)):
        store.put(other, hashlib.sha256(other).hexdigest(), ".png")

    assert store.get(ref) == CONTENT


def _put_often(folder: str) -> str:
    return {LocalStore(Path(folder)).put(CONTENT, SHA, ".png") for _ in range(20)}.pop()


def test_many_writers_of_one_picture_agree(folder: Path) -> None:
    """Threads and processes that put the same bytes at once leave one whole file."""
    with ThreadPoolExecutor(4) as threads, get_context("spawn").Pool(2) as processes:
        far = processes.map_async(_put_often, [str(folder)] * 2)
        refs = {*threads.map(_put_often, [str(folder)] * 4), *far.get(timeout=60)}

    assert [*refs] == files_below(folder)
    assert LocalStore(folder).get(refs.pop()) == CONTENT


def test_a_writer_killed_half_way_leaves_no_picture(folder: Path) -> None:
    """A process that dies before the rename leaves nothing under the picture's name."""
    # The file size limit kills it this time: the default action of SIGXFSZ is death.
    program = (
        "import hashlib, resource, signal, sys; from pathlib import Path\n"
        "from promptpress.adapters.local import LocalStore\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "content = bytes(300_000)\n"
        "digest = hashlib.sha256(content).hexdigest()\n"
        "LocalStore(Path(sys.argv[1])).put(content, digest, '.png')\n"
    )
    command = [sys.executable, "-c", program, str(folder)]
    killed = subprocess.run(command, check=False, timeout=60, cwd=ROOT)

    content = bytes(300_000)
    digest = hashlib.sha256(content).hexdigest()
    store = LocalStore(folder)
    assert killed.returncode < 0
    with pytest.raises(PermanentError, match="gone"):
        store.get(f"{digest[:2]}/{digest[2:]}.png")
    assert content == store.get(store.put(content, digest, ".png"))
