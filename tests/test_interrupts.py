"""Control-C that waits."""

import os
import signal
import threading

import numpy as np
import pytest

from sknn_tune import MLPClassifier
from sknn_tune.common.interrupts import HeldInterrupts
from sknn_tune.network import training

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="signals of POSIX"),
    pytest.mark.usefixtures("interruptible"),
]


def press():
    os.kill(os.getpid(), signal.SIGINT)


def test_interrupt_waits_for_the_end():
    steps = []

    def work():
        with HeldInterrupts():
            press()
            press()
            steps.append("whole")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["whole"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interrupt_is_delivered_when_it_does_no_harm():
    with HeldInterrupts() as interrupts:
        interrupts.deliver()
        press()
        with pytest.raises(KeyboardInterrupt):
            interrupts.deliver()
        interrupts.deliver()


def test_those_beyond_the_limit_are_let_through():
    def work():
        with HeldInterrupts(most=1) as interrupts:
            press()
            assert not interrupts.let_through
            with pytest.raises(KeyboardInterrupt):
                press()
            assert interrupts.let_through

    with pytest.raises(KeyboardInterrupt):
        work()


def test_handler_of_the_caller_is_called_and_kept():
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(1))
    try:
        handler = signal.getsignal(signal.SIGINT)
        with HeldInterrupts():
            press()
            assert not pressed
        assert pressed == [1]
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_nothing_is_held_back_in_other_threads_or_where_it_is_ignored():
    def in_a_thread():
        with HeldInterrupts():
            handlers.append(signal.getsignal(signal.SIGINT))

    handlers = []
    thread = threading.Thread(target=in_a_thread)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with HeldInterrupts():
            press()
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_in_the_first_call_leaves_history_and_weights_that_agree(monkeypatch):
    def train_and_press(*arguments):
        n_epochs = train_epochs(*arguments)
        signal.raise_signal(signal.SIGINT)
        return n_epochs

    train_epochs = training.train_epochs
    monkeypatch.setattr(training, "train_epochs", train_and_press)
    X = np.arange(20.0)[:, None]
    model = MLPClassifier((3,), max_iter=10**6, n_iter_no_change=10**6, random_state=0)
    with pytest.warns(UserWarning, match="interrupted by user"):
        model.fit(X, X[:, 0] > 9)
    assert 10**6 > model.n_iter_ == len(model.loss_curve_) > 0
    assert model.t_ == 20 * model.n_iter_
