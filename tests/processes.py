"""Writers in processes of their own, each with its own connection to the server."""

import multiprocessing
import os
import signal
import traceback
import warnings
from typing import Any

from django.db import connection

TIMEOUT = 120
CONTEXT = multiprocessing.get_context("fork")


class Writer:
    """A process that calls ``work(*args)``; nothing is pickled but what it returns or raises."""

    def __init__(self, work: Any, *args: Any) -> None:
        connection.close()  # A connection cannot be shared, and closing a copy would end it.
        self.mine, theirs = CONTEXT.Pipe(duplex=False)
        self.process = CONTEXT.Process(target=self.run, args=(theirs, work, args), daemon=True)
        with warnings.catch_warnings():
            # pytest-xdist has threads; what runs in the child does not need them.
            warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
            self.process.start()
        theirs.close()

    @staticmethod
    def run(answers: Any, work: Any, args: Any) -> None:
        try:
            answers.send((True, work(*args)))
        except BaseException:
            answers.send((False, traceback.format_exc()))
        finally:
            connection.close()

    def result(self) -> Any:
        """What the work returned; None if the process was killed."""
        try:
            if not self.mine.poll(TIMEOUT):
                self.process.kill()
                raise AssertionError(f"A writer did not answer within {TIMEOUT} s.")
            done, answer = self.mine.recv()
        except EOFError:
            done, answer = True, None
        finally:
            self.mine.close()
            self.process.join(TIMEOUT)
        assert done, answer
        return answer


def concurrently(work: Any, writers: int) -> list[Any]:
    """Run ``work(number)`` at the same time in as many processes; return what they return."""
    barrier = CONTEXT.Barrier(writers)

    def run(number: int) -> Any:
        connection.ensure_connection()
        barrier.wait(timeout=30)
        return work(number)

    started = [Writer(run, number) for number in range(writers)]
    return [writer.result() for writer in started]


def killed_before(statement: int, work: Any) -> bool:
    """Run ``work()`` in a process that dies before its n-th statement; whether it came to that."""

    def run() -> str:
        count = 0

        def count_and_die(execute: Any, *args: Any) -> Any:
            nonlocal count
            count += 1
            if count == statement:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*args)

        connection.ensure_connection()
        with connection.execute_wrapper(count_and_die):
            work()
        return "done"

    return Writer(run).result() is None
