"""A small file system of its own, for what happens when a disk is full or may not be written."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SECONDS = 60


def as_root(*command: str) -> bool:
    """Run a command as root, if this user may; tell whether it worked."""
    prefix = [] if os.getuid() == 0 else ["sudo", "-n"]
    if shutil.which([*prefix, *command][0]) is None:
        return False
    done = subprocess.run([*prefix, *command], check=False, capture_output=True, timeout=SECONDS)
    return done.returncode == 0


@contextmanager
def small_disk(disk: Path, size: str) -> Iterator[Path]:
    """Give a new folder that is a disk of a size; skip the test (fail it in CI) without root."""
    disk.mkdir()
    options = f"size={size},mode=755,uid={os.getuid()},gid={os.getgid()}"
    if not as_root("mount", "-t", "tmpfs", "-o", options, "none", str(disk)):
        message = "mounting a file system needs root, or sudo without a password"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    try:
        yield disk
    finally:
        as_root("umount", str(disk))
