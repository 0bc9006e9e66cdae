"""The subcommands of ``manage.py breakdown``, each a class."""

import json
import sys
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections

from . import conf
from .copy_in_migrate import command, copy_command
from .copy_runner import CopyJob, CopyOptions, CopyRunner, rows_of
from .copy_status import status_of, task_status
from .copy_tasks import EXPANDED, Selection, migrate_command, why_not
from .dialects import dialect_for
from .progress import Progress, duration, progress
from .repairs import Repair
from .space import Space, readable
from .throttles import Autovacuum, BlockedBackends, PauseFile, ReplicaLag, Throttles
from .verification import Verifier

WRONG, STOPPED = 3, 4
"""Exit codes beside 0, 1 (an error) and 2 (wrong arguments): rows are wrong; the copy was
stopped before its end."""


class Step:
    """One subcommand.

    :param command: the management command, which has the streams.
    :param options: its options.
    """

    help = ""

    def __init__(self, command: Any, options: dict[str, Any]) -> None:
        self.command, self.options = command, options
        self.alias, self.as_json = options["database"], options["json"]

    @classmethod
    def add_arguments(cls, parser: Any) -> None:
        """Add what only this subcommand takes."""

    def run(self) -> None:
        """Do it; overridden by each."""

    def selection(self) -> Selection:
        return Selection(self.alias, self.options["labels"], self.options["part"])

    def say(self, text: str) -> None:
        """A line for people."""
        if not self.as_json and self.options["verbosity"] > 0:
            self.command.stdout.write(text)

    def answer(self, found: Any) -> None:
        """The JSON document, where it is asked for."""
        if self.as_json:
            text = json.dumps(found, indent=2, cls=DjangoJSONEncoder)
            self.command.stdout.write(text)

    @property
    def show(self) -> Any:
        """Makes progress on standard error: standard output is for the result."""
        if self.as_json and not sys.stderr.isatty():
            return Progress
        verbosity = self.options["verbosity"]
        return partial(progress, stream=self.command.stderr, verbosity=verbosity)

    def confirmed(self, question: str) -> bool:
        if not self.options["interactive"]:
            return True
        if self.as_json or not sys.stdin.isatty():
            raise CommandError(f"{question} Say --noinput to do it without being asked.")
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def add_consent(parser: Any) -> None:
    parser.add_argument(
        "--noinput",
        "--no-input",
        action="store_false",
        dest="interactive",
        help="do it without asking",
    )


def add_dry_run(parser: Any) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")


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
            holds.append(ReplicaLag(self.alias, given["max_lag"], conf.copy_replicas()))
        holds.append(Autovacuum(self.alias, job.transfer))
        holds.append(BlockedBackends(self.alias, given["max_waiting"]))
        if given["pause_file"]:
            holds.append(PauseFile(given["pause_file"]))
        if own := conf.copy_throttle():
            holds.append(own)
        return Throttles(holds, given["sleep"], given["nice"])


class Verify(Step):
    """Compares."""

    help = "Compare the tables of a family row by row; no writer waits for it."

    def run(self) -> None:
        verifiers = verified(self)
        self.answer([described(verifier) for verifier in verifiers])
        for verifier in verifiers:
            self.say(f"{tables(verifier)}: {verifier.findings.text()}, {compared(verifier)}")
        if any(verifier.findings.wrong for verifier in verifiers):
            raise CommandError("Rows are wrong. " + remedies(self, verifiers), returncode=WRONG)


class Mend(Step):
    """Repairs."""

    help = "Create the rows that parts lack, and remove rows of parts without a row of the core."

    @classmethod
    def add_arguments(cls, parser: Any) -> None:
        add_dry_run(parser)
        add_consent(parser)

    def run(self) -> None:
        repairs = [Repair(self.alias, verifier) for verifier in verified(self)]
        result = []
        left = []
        for repair in repairs:
            verifier, created, removed = repair.verifier, 0, 0
            self.say(f"{tables(verifier)}: {verifier.findings.text()}, {compared(verifier)}")
            if (repair.creates or repair.removes) and not self.options["dry_run"]:
                question = f"Create {repair.creates:,} and remove {repair.removes:,} rows?"
                if self.confirmed(question):
                    created, removed = repair.run()
                    self.say(f"  created {created:,}, removed {removed:,} rows")
            elif repair.creates or repair.removes:
                self.say(f"  would create {repair.creates:,} and remove {repair.removes:,} rows")
            if repair.leaves:
                left.append(repair.leaves)
            result.append(
                {**described(verifier), "created": created, "removed": removed}
                | {"left": repair.leaves}
            )
        self.answer(result)
        if left:
            raise CommandError("\n".join(left), returncode=WRONG)


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


STEPS: dict[str, type[Step]] = {
    "status": Status,
    "copy": Copy,
    "verify": Verify,
    "repair": Mend,
    "reclaim": Reclaim,
}


# Comparisons


def verified(step: Step) -> list[Verifier]:
    """The comparisons of the models that were given, done.

    :raises CommandError: when there is nothing to compare yet.
    """
    selection = step.selection()
    found = [
        Verifier(step.alias, transfer, into_core, step.show)
        for transfer, into_core in selection.comparisons()
    ]
    if not found:
        reasons = [f"\n  {t.job.label}: {why_not(t, False)}" for t in selection.tasks]
        raise CommandError(f"There is nothing to compare.{''.join(reasons)}")
    for verifier in found:
        verifier.run()
    return found


def tables(verifier: Verifier) -> str:
    found = verifier.transfer
    return f"{found.source._meta.label} and {found.target._meta.label}"


def compared(verifier: Verifier) -> str:
    names = ", ".join(new.name for _, new in verifier.transfer.pairs) or "keys"
    return f"{verifier.findings.rows:,} rows compared ({names})"


def described(verifier: Verifier) -> dict[str, Any]:
    found = verifier.findings
    return {
        "from": verifier.transfer.source._meta.label,
        "to": verifier.transfer.target._meta.label,
        "columns": [new.name for _, new in verifier.transfer.pairs],
        "rows": found.rows,
        **found.counts,
        "examples": {kind: [str(key) for key in keys] for kind, keys in found.examples.items()},
    }


def remedies(step: Step, verifiers: list[Verifier]) -> str:
    """What to do about what was found."""
    lines = []
    for verifier in verifiers:
        found = verifier.findings.counts
        core = verifier.transfer.target if verifier.into_core else verifier.transfer.source
        if found["missing"] or found["orphaned"] or found["different"]:
            if any(task.phase == EXPANDED for task in step.selection().tasks):
                lines.append(f"To copy what is missing: {command('copy', core, step.alias)}")
            lines.append(f"To repair, or to see what to do: {command('repair', core, step.alias)}")
    return "\n".join(dict.fromkeys(lines))


# Types of options


def positive(kind: Any) -> Any:
    def parse(text: str) -> Any:
        value = kind(text)
        if value <= 0:
            raise ValueError
        return value

    parse.__name__ = f"{kind.__name__} above 0"
    return parse


def not_negative(text: str) -> float:
    value = float(text)
    if value < 0:
        raise ValueError
    return value
