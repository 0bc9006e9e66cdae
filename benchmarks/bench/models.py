"""The models of the one contender that this process is."""

from django.conf import settings
from django.db import models

from .contenders import contender_class
from .shape import Shape

shape = Shape(**settings.BENCH_SHAPE)
contender = contender_class(settings.BENCH_CONTENDER)(shape)


class Row(models.Model):
    """A product that shall be there; see :class:`bench.storage.Storage`."""

    key = shape.kind_of_key.plain()
    source = type(shape.kind_of_key.plain())()

    class Meta:
        db_table = "bench_row"
