"""From a table and a target to models that are tuned, tested and compared."""
