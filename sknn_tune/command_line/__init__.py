"""From a CSV file to a tuned, tested model: what ``sknn-tune fit`` and ``predict`` do."""
