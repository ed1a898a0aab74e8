"""Helpers that any part of the package may use; they import none of its other parts."""
