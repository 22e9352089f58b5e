"""One file a page: what it shows is read here, how it looks is in ``templates/``."""
