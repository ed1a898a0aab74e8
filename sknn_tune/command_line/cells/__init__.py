"""The meaning of cells: numbers, with units, magnitudes and ranges, dates, words."""
