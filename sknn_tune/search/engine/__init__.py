"""The search by itself: spaces, surrogate, acquisition, ask and tell. Knows no estimator."""
