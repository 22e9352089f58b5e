"""Problems of scheduling: a folder each."""
