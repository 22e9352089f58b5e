"""Candidates: immutable files with a content identity."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Candidate:
    """Source files in one language.

    Its id is the SHA-256 of its canonical encoding: the language and each file, sorted by path, every field preceded
    by its length. Provenance is not part of it.
    """

    language: str
    files: Mapping[str, bytes]

    @classmethod
    def of_text(cls, text: str, file: str = "candidate.py", language: str = "python") -> Candidate:
        """A one-file candidate from source text; line ends become LF and the file ends with one."""
        text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
        return cls(language, {file: text.encode("utf-8")})

    @cached_property
    def id(self) -> str:
        """Hex SHA-256 of the canonical encoding."""
        digest = hashlib.sha256()
        for part in (b"evolve-candidate-1", self.language.encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
        for path in sorted(self.files):
            for part in (path.encode("utf-8"), self.files[path]):
                digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()

    def text(self, file: str | None = None) -> str:
        """Text of ``file``, or of the only (else the first) file."""
        path = file if file is not None else sorted(self.files)[0]
        return self.files[path].decode("utf-8")
