"""The archive: one SQLite file that holds everything a campaign ever did, and the only durable state."""

from evolve.archive.database import Archive, ArchiveError

__all__ = ["Archive", "ArchiveError"]
