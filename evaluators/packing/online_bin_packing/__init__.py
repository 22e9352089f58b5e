"""One-dimensional bin packing of items that arrive one at a time."""
