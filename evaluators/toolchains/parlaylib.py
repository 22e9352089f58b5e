"""A ParlayLib of the user's, whose headers take the place of ours in the build that is timed.

The headers are read once and sent into the sandbox like all that is compiled there. So the folder itself is out of a
build's reach, and what is compiled is what the digest was taken of, also on another node of a cluster.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

VARIABLE = "PARLAYLIB_HOME"
"""Environment variable with the folder in which ParlayLib's ``include`` lies."""
FACT = "parlaylib"
"""Of an environment: tells scores measured with one ParlayLib from those measured with another, or with our headers."""
MOST_BYTES = 16 << 20
"""Of all headers together; ParlayLib has less than one MiB."""
_NEEDED = ("parlay/parallel.h", "parlay/primitives.h", "parlay/sequence.h")
_SUFFIXES = (".h", ".hpp", ".ipp")


class ParlayLibError(ValueError):
    """A folder is not the include folder of a ParlayLib; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class ParlayLib:
    """The headers of an installed ParlayLib, as they were when they were read.

    Attributes:
        folder: its include folder, absolute.
        files: path below that folder, ``parlay/...`` -> content.
        digest: SHA-256 of names and contents, hex.
    """

    folder: str
    files: Mapping[str, bytes] = field(repr=False)
    digest: str

    @property
    def facts(self) -> Mapping[str, str]:
        """What it adds to an environment."""
        return {FACT: self.digest[:16]}


def read(folder: str | os.PathLike[str], named: str) -> ParlayLib:
    """Read the headers below ``folder``/parlay; what else lies in ``folder`` is left out.

    Args:
        folder: an include folder.
        named: what gave it, for the message: an option, a field or a variable.

    Raises:
        ParlayLibError: naming what is missing.
    """
    place = Path(folder).resolve()
    wanted = "it must be the include folder of a ParlayLib"
    for name in _NEEDED:
        if not (place / name).is_file():
            raise ParlayLibError(f"{named}: there is no {name} in {place}; {wanted}")
    paths = [path for path in sorted((place / "parlay").rglob("*")) if path.suffix in _SUFFIXES and path.is_file()]
    if sum(path.stat().st_size for path in paths) > MOST_BYTES:
        raise ParlayLibError(f"{named}: the headers in {place}/parlay are larger than {MOST_BYTES >> 20} MiB; {wanted}")
    try:
        files = {path.relative_to(place).as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        raise ParlayLibError(f"{named}: {error.filename} cannot be read ({error.strerror}); {wanted}") from None
    total = hashlib.sha256()
    for name, content in files.items():
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return ParlayLib(str(place), files, total.hexdigest())


def chosen(folder: str | os.PathLike[str] | None, named: str, language: str = "cpp") -> ParlayLib | None:
    """The ParlayLib in ``folder``, else the one that ``$PARLAYLIB_HOME`` names, else None for our own headers.

    Args:
        folder: an include folder, or None.
        named: what gave it.
        language: of the candidates; for others than C++ the variable says nothing.

    Raises:
        ParlayLibError: if there is none in the folder, or one is given for another language.
    """
    if language != "cpp":
        if folder is not None:
            raise ParlayLibError(f"{named}: ParlayLib is for candidates in C++, and these are in {language}")
        return None
    if folder is not None:
        return read(folder, named)
    home = os.environ.get(VARIABLE)
    return read(Path(home) / "include", VARIABLE) if home else None
