"""Which trials are run when, and running them."""
