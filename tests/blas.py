"""What stands for a library of BLAS in tests."""


class Library:
    """A BLAS library as threadpoolctl shows it."""

    def __init__(self, n_threads):
        self.n_threads = n_threads

    def get_num_threads(self):
        return self.n_threads

    def set_num_threads(self, n_threads):
        self.n_threads = n_threads
