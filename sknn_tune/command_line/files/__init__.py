"""From the bytes of a file of any kind to columns of text."""
