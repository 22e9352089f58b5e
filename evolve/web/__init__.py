"""The archive in a browser: pages over one archive file, which they only read."""
