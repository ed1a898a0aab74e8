"""The limit of BLAS threads: inside a fit, from any thread, and given back."""

import threading

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from sknn_tune.threads import single_blas_thread


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def in_a_thread(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


def limited():
    with single_blas_thread:
        return blas_threads()


@pytest.fixture(autouse=True)
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        if blas_threads() != {2}:
            pytest.skip("this BLAS cannot use two threads")
        yield


def test_one_thread_inside_and_as_before_outside():
    assert limited() == {1}
    assert blas_threads() == {2}


def test_a_worker_thread_limits_too_after_the_main_thread_did():
    limited()
    assert in_a_thread(limited) == {1}
    assert blas_threads() == {2}


def test_the_last_to_leave_gives_the_threads_back():
    with single_blas_thread:
        assert in_a_thread(limited) == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_an_error_inside_gives_the_threads_back():
    with pytest.raises(KeyError), single_blas_thread:
        raise KeyError
    assert blas_threads() == {2}
