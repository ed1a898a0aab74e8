"""Searches on disk and in tables: the journal, its readers, records of trials."""
