"""Images for the Docker backend: the one a user builds from ``images/Dockerfile``, else an almost empty one made here.

The almost empty one holds the worker and mount points; the interpreter and the packages are this machine's own, bound
read-only. So it needs no registry, takes a tenth of a second to make, and candidates meet exactly the versions that the
host has.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandboxes.host_view import TRUSTED

BUILT = "evolve-sandbox:latest"
"""What ``docker build -t evolve-sandbox -f sandboxes/images/Dockerfile sandboxes`` makes."""

_BARE = "evolve-bare"
_WORKER = Path(__file__).parent / "worker"
_FOLDERS = ("usr", "etc", "etc/alternatives", "proc", "sys", "dev", "w", "python", "packages", TRUSTED[1:])


def worker_files() -> Mapping[str, bytes]:
    """Name -> source of each module of the worker."""
    return {path.name: path.read_bytes() for path in sorted(_WORKER.glob("*.py"))}


def worker_mark() -> str:
    """Names this version of the worker; an image with another one in it cannot be used."""
    return f"{zlib.crc32(b''.join(worker_files().values())):08x}"


def ensure_bare(api: Any, links: Mapping[str, str]) -> str:
    """Have the almost empty image in the engine behind ``api``; its tag, which names its content.

    Args:
        api: ``docker.APIClient``.
        links: path -> target of the symbolic links the root shall have.

    Raises:
        docker.errors.APIError: if the engine refuses, for example for want of space.
    """
    root = _bare_root(links)
    tag = f"{zlib.crc32(root):08x}"
    if not api.images(name=f"{_BARE}:{tag}"):
        api.import_image(root, repository=_BARE, tag=tag)
    return f"{_BARE}:{tag}"


def _bare_root(links: Mapping[str, str]) -> bytes:
    """The image's files as a tar archive, the same bytes each time."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in (*_FOLDERS, f"{TRUSTED[1:]}/worker"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(folder)
        for path, target in sorted(links.items()):
            link = tarfile.TarInfo(path[1:])
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
        for name, content in worker_files().items():
            file = tarfile.TarInfo(f"{TRUSTED[1:]}/worker/{name}")
            file.size, file.mode = len(content), 0o644
            archive.addfile(file, io.BytesIO(content))
    return stream.getvalue()
