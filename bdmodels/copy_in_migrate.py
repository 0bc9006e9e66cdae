"""The copy inside ``migrate``: for tables that are not too large."""

from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from . import conf
from .copy_jobs import CopyJob, CopyOptions, rows_of
from .copy_runner import CopyRunner
from .progress import progress
from .transfers import Refused

output: dict[str, Any] = {"verbosity": 1, "stream": None}
"""Where ``migrate`` writes, and how much: operations are not told."""


def remember_output(sender: Any, **kwargs: Any) -> None:
    """Receive ``pre_migrate``, which says what operations are not told."""
    output.update(verbosity=kwargs.get("verbosity", 1), stream=kwargs.get("stdout"))


def copy_in_migrate(alias: str, job: CopyJob, backwards: bool = False) -> None:
    """Copy in batches; go on with what ``breakdown copy`` has begun.

    :raises Refused: when the table has more rows than ``BDMODELS_COPY_IN_MIGRATE`` and was not
        copied before, with the command that copies it; and when the copy is stopped.
    """
    if not (job.inserts or job.fills):
        return
    runner = CopyRunner(alias, job, CopyOptions(show=partial(progress, **output)))
    most = conf.copy_in_migrate()
    if not runner.state.is_complete():
        rows = rows_of(job.transfer.source, alias)
        if rows > most:
            raise Refused(
                f"{job.transfer.source._meta.label} has about {rows:,} rows, more than migrate "
                f"copies by itself (BDMODELS_COPY_IN_MIGRATE, {most:,}). Copy them while the "
                f"application runs, and migrate again when that is done:\n"
                f"    {copy_command(job, alias, backwards)}"
            )
    if not runner.run():
        raise Refused(
            f"The copy of {job.label} was stopped after a batch; nothing is lost. Run migrate "
            "again to go on."
        )


def copy_command(job: CopyJob, alias: str, backwards: bool = False) -> str:
    """What to type to copy a job."""
    model = job.transfer.target if backwards else job.transfer.source
    return command("copy", model, alias) + (" --reverse" if backwards else "")


def command(name: str, model: Any, alias: str) -> str:
    """What to type for a subcommand of ``breakdown``."""
    return f"manage.py breakdown {name} {model._meta.label}{database_option(alias)}"


def database_option(alias: str) -> str:
    """The option that names a database, where it is not the default one."""
    return "" if alias == DEFAULT_DB_ALIAS else f" --database {alias}"
