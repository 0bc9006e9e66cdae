"""Comparing tables in chunks while others write."""

import copy

import pytest
from django.db import connection

from bdmodels import verification
from bdmodels.operations_check import CheckCopied
from bdmodels.progress import Progress
from bdmodels.transfers import Refused, Transfer
from bdmodels.verification import Verifier
from tests.copies import Pair

pytestmark = pytest.mark.django_db(transaction=True, available_apps=["bdmodels"])


def copied(pair, rows=30):
    pair.fill(rows)
    pair.part.objects.bulk_create(
        pair.part(pk=row.pk, slug=row.slug, note=row.note) for row in pair.core.objects.all()
    )


def verify(pair, transfer=None, **options):
    return Verifier("default", transfer or pair.transfer, show=Progress, **options).run()


@pytest.mark.parametrize("key", ["number", "uuid", "text"])
def test_wrong_rows_are_counted_with_their_keys(key):
    with Pair(key) as pair:
        copied(pair)
        assert verify(pair).wrong == 0
        keys = list(pair.core.objects.order_by("pk").values_list("pk", flat=True))
        pair.part.objects.filter(pk=keys[3]).delete()
        pair.core.objects.filter(pk__in=keys[5:7]).delete()
        pair.part.objects.filter(pk=keys[9]).update(note="")
        found = verify(pair)
        assert found.counts == {"missing": 1, "orphaned": 2, "different": 1}
        assert len(found.examples["orphaned"]) == 2
        assert found.rows == 28


def test_every_chunk_is_compared(monkeypatch):
    monkeypatch.setattr(verification, "BatchSize", lambda rows: Small())
    with Pair() as pair:
        copied(pair)
        pair.part.objects.filter(pk__in=[1, 10, 11, 30]).update(note="x")
        found = verify(pair)
        assert found.counts["different"] == 4
        assert found.text() == "4 different (keys 1, 10, 11, 30), 0 missing, 0 orphaned"


class Small:
    rows = 10

    def took(self, rows, seconds):
        """Stays as small."""


def test_a_row_that_is_being_written_does_not_count(monkeypatch):
    with Pair() as pair:
        copied(pair)
        pair.part.objects.filter(pk=3).update(note="half")
        monkeypatch.setattr(
            verification,
            "sleep",
            lambda seconds: pair.core.objects.filter(pk=3).update(note="half"),
        )
        assert verify(pair).wrong == 0


def test_many_wrong_rows_are_counted_without_being_read(monkeypatch):
    monkeypatch.setattr(verification, "MANY", 5)
    monkeypatch.setattr(verification, "sleep", lambda seconds: pytest.fail("looked again"))
    with Pair() as pair:
        copied(pair)
        pair.part.objects.filter(pk__gt=10).delete()
        found = verify(pair)
        assert found.counts["missing"] == 20
        assert found.keys_text("missing") == " (keys 11, 12, 13, 14, 15, ...)"


def test_rows_that_only_newer_code_has_written_are_not_compared():
    with Pair() as pair:
        copied(pair)
        pair.core.objects.filter(pk=5).update(slug=None)
        assert verify(pair).wrong == 0


def test_rows_that_lack_some_of_the_required_values_are_compared():
    with Pair() as pair:
        copied(pair)
        (slug, new_slug), (note, new_note) = pair.transfer.pairs
        strict = copy.copy(new_note)
        strict.null = False
        required = Transfer(pair.core, pair.part, ((slug, new_slug), (note, strict)))
        pair.core.objects.filter(pk=5).update(slug=None, note="other")
        pair.core.objects.filter(pk=6).update(slug=None, note=None)
        found = verify(pair, required)
        assert found.text() == "1 different (key 5), 0 missing, 0 orphaned"


def test_a_sparse_part_lacks_rows_where_nothing_is_set():
    with Pair(required=False) as pair:
        pair.fill(3)
        sparse = Transfer(pair.core, pair.part, pair.transfer.pairs, sparse=True)
        pair.core.objects.filter(pk=2).update(slug=None, note=None)
        assert verify(pair, sparse).counts["missing"] == 2


# The gate


class Gate:
    """A gate over the two models, and what it did."""

    def __init__(self, pair, monkeypatch, states):
        from bdmodels.copying import Copier

        self.done = []
        with connection.schema_editor() as editor:
            self.copier = Copier(editor, pair.transfer)
        dialect = self.copier.dialect
        dialect.sync_state = lambda found: self.done.append("asked") or dict(states)
        dialect.lock = lambda editor, models: self.done.append("locked")
        original = Verifier.run
        monkeypatch.setattr(
            Verifier, "run", lambda verifier: self.done.append("compared") or original(verifier)
        )

    def check(self):
        CheckCopied("core", "part").check(self.copier)


def test_the_gate_locks_first_where_no_triggers_keep_tables_equal(monkeypatch):
    for states in ({}, {"a": "missing", "b": "missing"}):
        with Pair() as pair:
            copied(pair)
            gate = Gate(pair, monkeypatch, states)
            gate.check()
            assert gate.done[:3] == ["asked", "locked", "compared"]


def test_the_gate_locks_nothing_where_triggers_keep_tables_equal(monkeypatch):
    with Pair() as pair:
        copied(pair)
        gate = Gate(pair, monkeypatch, {"a": "enabled", "b": "enabled"})
        gate.check()
        assert gate.done == ["asked", "compared", "asked"]


def test_the_gate_refuses_when_a_trigger_is_not_at_work(monkeypatch):
    with Pair() as pair:
        copied(pair)
        gate = Gate(pair, monkeypatch, {"a": "enabled", "b": "disabled"})
        with pytest.raises(Refused, match=r"not at work: b \(disabled\)"):
            gate.check()


def test_the_gate_refuses_with_examples_and_commands(monkeypatch):
    with Pair() as pair:
        copied(pair)
        pair.part.objects.filter(pk__lt=3).delete()
        with pytest.raises(Refused) as info:
            Gate(pair, monkeypatch, {}).check()
    said = str(info.value)
    assert "0 different, 2 missing (keys 1, 2), 0 orphaned rows. No column was removed." in said
    assert "manage.py breakdown verify copies.Core" in said
    assert "manage.py breakdown repair copies.Core" in said
