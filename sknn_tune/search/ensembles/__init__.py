"""Ensembles of what a search has found."""
