"""An autodetector that is composed by hand, with one of ours."""

from __future__ import annotations

from django.db.migrations.autodetector import MigrationAutodetector

from bdmodels.autodetector import BreakdownAutodetectorMixin


class QuietAutodetector(MigrationAutodetector):
    pass


class Autodetector(BreakdownAutodetectorMixin, QuietAutodetector):
    pass
