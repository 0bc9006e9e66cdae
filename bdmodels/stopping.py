"""SIGTERM and SIGINT end long work at the next good moment instead of in the middle."""

import signal
import threading
from typing import Any


class StopOnSignal:
    """While it is entered, the first signal sets :attr:`event`; a second SIGINT interrupts.

    Signals go to the main thread; in others nothing is changed.
    """

    signals = (signal.SIGTERM, signal.SIGINT)

    def __init__(self) -> None:
        self.event = threading.Event()
        self.received = False
        self.previous: dict[Any, Any] = {}

    def __enter__(self) -> "StopOnSignal":
        if threading.current_thread() is threading.main_thread():
            self.previous = {number: signal.signal(number, self.stop) for number in self.signals}
        return self

    def __exit__(self, *error: Any) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)

    def stop(self, number: int, frame: Any) -> None:
        if self.received and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.received = True
        self.event.set()
