"""Threads that share the work of one fit or prediction.

Tasks are handed out one by one, so that a thread that the system holds up delays nobody. What a
task computes must not depend on who does it: then results are the same for any number of threads.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Self, TypeVar

Task = TypeVar("Task")


class Team:
    """The calling thread and its helpers, which live as long as the context.

    A pool of `concurrent.futures` refuses work once the main thread has ended, while other
    threads may go on fitting.

    Parameters
    ----------
    n_threads : int
        With the calling thread.
    """

    def __init__(self, n_threads: int) -> None:
        self.n_threads = n_threads
        self._orders: SimpleQueue[tuple[Future, Callable[[], None]] | None] = SimpleQueue()
        self._helpers = [Thread(target=self._help, daemon=True) for _ in range(n_threads - 1)]

    def __enter__(self) -> Self:
        for helper in self._helpers:
            helper.start()
        return self

    def __exit__(self, *exception: object) -> None:
        for _ in self._helpers:
            self._orders.put(None)
        for helper in self._helpers:
            if helper.ident is not None:  # Control-C may come before it has started
                helper.join()

    def share(self, tasks: Sequence[Task], work: Callable[[int, Task], object]) -> None:
        """Do all tasks.

        Parameters
        ----------
        tasks : sequence
            In any order.
        work : callable
            Gets the number of the thread, from 0, and a task.
        """
        remaining = iter(tasks)
        orders = []
        for worker in range(1, min(self.n_threads, len(tasks))):
            orders.append(Future[None]())
            self._orders.put((orders[-1], partial(_take, worker, remaining, work)))
        try:
            _take(0, remaining, work)
        except BaseException:  # Control-C: the helpers get no other task
            for _ in remaining:
                pass
            raise
        for order in orders:
            if not order.cancel():  # a helper that has not started has nothing left to do
                order.result()

    def _help(self) -> None:
        while (received := self._orders.get()) is not None:
            order, work = received
            if order.set_running_or_notify_cancel():
                try:
                    work()
                except BaseException as error:
                    order.set_exception(error)
                else:
                    order.set_result(None)


def _take(worker: int, remaining: Iterator[Task], work: Callable[[int, Task], object]) -> None:
    for task in remaining:
        work(worker, task)
