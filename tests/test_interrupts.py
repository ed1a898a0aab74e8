"""Control-C that waits."""

import os
import signal
import threading

import pytest

from sknn_tune.common.interrupts import HeldInterrupts

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
