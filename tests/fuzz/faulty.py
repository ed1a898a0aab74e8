"""Cases of which one crashes the interpreter and one raises, to test the isolation."""

import os
import signal


def run(seed):
    if seed == 1:
        os.kill(os.getpid(), signal.SIGSEGV)
    if seed == 3:
        raise RuntimeError("planted")
    return {"finding": None}
