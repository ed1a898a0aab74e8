"""From columns of text to a data frame and a target."""
