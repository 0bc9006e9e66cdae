"""The subcommands of ``manage.py breakdown``, each a class."""

from typing import Any

from django.core.management.base import CommandError
from django.db import connections

from . import conf
from .breakdown_base import STOPPED, Step, add_consent, add_dry_run, not_negative, positive
from .breakdown_proof import Mend, Verify
from .copy_in_migrate import copy_command
from .copy_jobs import CopyJob, CopyOptions, rows_of
from .copy_runner import CopyRunner
from .copy_status import status_of, task_status
from .copy_tasks import migrate_command
from .dialects import dialect_for
from .progress import duration
from .space import Space, readable
from .throttles import Autovacuum, BlockedBackends, PauseFile, ReplicaLag, Throttles
from .verification import DIFFERENT, MISSING, ORPHANED


class Status(Step):
    """How far the copies are."""

    help = "Show how far each copy is, what it waits for, and the next step to take."

    def run(self) -> None:
        selection = self.selection()
        found = status_of(selection)
        self.answer(found)
        for copy in found["copies"]:
            self.show_copy(copy)
        for family in found["families"]:
            sizes = ", ".join(f"{t} {readable(s)}" for t, s in family["tables"].items())
            self.say(f"{family['core']}: {sizes}")
            for record in family["verifications"]:
                self.say(f"  {compared_at(record)}")
        for fact, unit in (("replica_lag_seconds", " s"), ("sessions_waiting_for_locks", "")):
            if found[fact]:
                self.say(f"{fact.replace('_', ' ')}: {found[fact]:g}{unit}")
        if not (found["copies"] or found["families"]):
            self.say("There are no families, and no migration copies anything.")

    def show_copy(self, copy: dict[str, Any]) -> None:
        back = " back" if copy["reverse"] else ""
        self.say(f"{copy['from']} to {copy['to']}{back} ({copy['migration']}): {copy['phase']}")
        if copy["status"]:
            total = f" of about {copy['rows_estimated']:,}" if copy["rows_estimated"] else ""
            text = f"{copy['status']}, {copy['rows_done']:,}{total} rows"
            if copy["rows_per_second"]:
                text += f", {copy['rows_per_second']:,} rows/s"
            if copy["seconds_left"]:
                text += f", {duration(copy['seconds_left'])} left"
            self.say(f"  {text}")
        if copy["waiting_for"]:
            self.say(f"  waiting: {copy['waiting_for']}")
        if copy["error"]:
            self.say("  error: " + copy["error"].replace("\n", "\n    "))
        if copy["sync"]:
            off = [f"{name} is {s}" for name, s in copy["sync"].items() if s != "enabled"]
            self.say(f"  triggers: {', '.join(off) or 'all enabled'}")
        self.say(f"  next: {copy['next']}")


class Copy(Step):
    """Copies in the background of the application."""

    help = "Copy the rows of moved columns in batches while the application runs."

    @classmethod
    def add_arguments(cls, parser: Any) -> None:
        add = parser.add_argument
        add("--batch-size", type=positive(int), help="the most rows of a batch; default: 500000")
        add("--workers", type=positive(int), default=1, help="connections that copy; default: 1")
        add("--max-lag", type=positive(float), help="seconds that replicas may be behind")
        add("--nice", type=not_negative, default=0.0, help="rest, as a multiple of batch time")
        add("--sleep", type=not_negative, default=0.0, help="seconds of rest after a batch")
        add("--pause-file", help="wait as long as this file exists")
        add(
            "--max-waiting", type=positive(int), default=10, help="sessions that may wait for locks"
        )
        add("--reverse", action="store_true", help="copy back, before migrating back")
        add_dry_run(parser)

    def run(self) -> None:
        selection = self.selection()
        tasks = selection.to_copy(self.options["reverse"])
        if not dialect_for(connections[self.alias]).copies_in_batches:
            raise CommandError(
                "This database has one writer at a time: migrate copies all in one transaction. "
                f"{migrate_command(tasks[0].node, self.alias)}"
            )
        done = []
        for task in tasks:
            job = task.back if self.options["reverse"] else task.job
            if self.options["dry_run"]:
                self.preview(job)
            elif not self.copy(job):
                self.answer([task_status(t, self.alias) for t in tasks])
                raise CommandError(
                    "Stopped after a batch; nothing is lost. To go on: "
                    + copy_command(job, self.alias, self.options["reverse"]),
                    returncode=STOPPED,
                )
            done.append(task_status(task, self.alias))
            if not self.options["dry_run"]:
                self.say(f"  {done[-1]['next']}")
        self.answer(done)

    def preview(self, job: CopyJob) -> None:
        names = ", ".join(new.name for _, new in job.transfer.pairs) or "the key"
        rows = rows_of(job.transfer.source, self.alias)
        self.say(f"Would copy {names} of about {rows:,} rows from {job.label}.")

    def copy(self, job: CopyJob) -> bool:
        if not (job.inserts or job.fills):
            return True
        options = CopyOptions(
            workers=self.options["workers"],
            most_rows=self.options["batch_size"] or CopyOptions.most_rows,
            throttles=self.throttles(job),
            show=self.show,
        )
        return CopyRunner(self.alias, job, options).run()

    def throttles(self, job: CopyJob) -> Throttles:
        given = self.options
        holds: list[Any] = []
        if given["max_lag"]:
            lag = ReplicaLag(self.alias, given["max_lag"], conf.copy_replicas())
            lag.refuse_blindness()
            holds.append(lag)
        holds.append(Autovacuum(self.alias, job.transfer))
        holds.append(BlockedBackends(self.alias, given["max_waiting"]))
        if given["pause_file"]:
            holds.append(PauseFile(given["pause_file"]))
        if own := conf.copy_throttle():
            holds.append(own)
        return Throttles(holds, given["sleep"], given["nice"])


class Reclaim(Step):
    """Gives disk space back."""

    help = "Rewrite the tables of a family: dropping columns alone frees no space."

    @classmethod
    def add_arguments(cls, parser: Any) -> None:
        add_dry_run(parser)
        add_consent(parser)

    def run(self) -> None:
        families = self.selection().families
        if not families:
            raise CommandError("There is no family whose tables could be rewritten.")
        models = [model for core, parts in families.items() for model in (core, *parts)]
        space = Space(self.alias, models)
        way, blocks = space.way()
        before = space.sizes()
        for table, size in before.items():
            self.say(f"{table}: {readable(size)}")
        warning = ", which blocks reads and writes of each table as long as it takes"
        question = f"Rewrite these tables with {way}{warning if blocks else ''}?"
        done = not self.options["dry_run"] and (not blocks or self.confirmed(question))
        if done:
            space.reclaim(self.say)
        else:
            self.say(f"Would do it with {way}{warning if blocks else ''}.")
        after = space.sizes()
        if done:
            for table, size in after.items():
                self.say(f"{table}: {readable(before[table])} before, {readable(size)} after")
        self.answer({"way": way, "blocks": blocks, "done": done, "before": before, "after": after})


def compared_at(found: dict[str, Any]) -> str:
    """The record of a comparison as a line."""
    when = f"{found['time'][:16].replace('T', ' ')} {found['time'][-6:]}"
    counts = ", ".join(f"{found[kind]:,} {kind}" for kind in (DIFFERENT, MISSING, ORPHANED))
    return (
        f"{found['from']} compared with {found['to']} at {when}: {found['rows']:,} rows, {counts}"
    )


STEPS: dict[str, type[Step]] = {
    "status": Status,
    "copy": Copy,
    "verify": Verify,
    "repair": Mend,
    "reclaim": Reclaim,
}
