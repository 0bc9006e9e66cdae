"""``breakdown verify`` and ``breakdown repair``."""

from typing import Any

from django.core.management.base import CommandError

from .breakdown_base import WRONG, Step, add_consent, add_dry_run
from .copy_in_migrate import command
from .copy_tasks import EXPANDED, why_not
from .records import remember_verification
from .repairs import Repair
from .verification import Verifier


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


def verified(step: Step) -> list[Verifier]:
    """The comparisons of the models that were given, done.

    :raises CommandError: when there is nothing to compare yet.
    """
    selection = step.selection()
    found = [
        Verifier(step.alias, transfer, into_core, step.show, core)
        for transfer, into_core, core in selection.comparisons()
    ]
    if not found:
        reasons = [f"\n  {t.job.label}: {why_not(t, False)}" for t in selection.tasks]
        raise CommandError(f"There is nothing to compare.{''.join(reasons)}")
    for verifier in found:
        remember_verification(step.alias, verifier.transfer, verifier.run())
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
        core = verifier.core
        if found["missing"] or found["orphaned"] or found["different"]:
            if any(task.phase == EXPANDED for task in step.selection().tasks):
                lines.append(f"To copy what is missing: {command('copy', core, step.alias)}")
            lines.append(f"To repair, or to see what to do: {command('repair', core, step.alias)}")
    return "\n".join(dict.fromkeys(lines))
