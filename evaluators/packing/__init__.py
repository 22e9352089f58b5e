"""Problems of packing: a folder each."""
