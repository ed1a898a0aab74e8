"""The compiled core: knows arrays, never scikit-learn."""
