"""Questions written out as files and answers read in: any chat window or coding agent can be the model."""

from evolve.inbox.client import InboxClient
from evolve.inbox.folder import InboxError, InboxFolder, folder_beside

__all__ = ["InboxClient", "InboxError", "InboxFolder", "folder_beside"]
