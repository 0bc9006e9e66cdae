"""Seeing parts that are loaded lazily."""

from __future__ import annotations

import logging
from typing import Any

from bdmodels import lazy_loads
from bdmodels.lazy_loads import PartLoad
from bdmodels.loading import LazyPartLoad
from bdmodels.stacks import Frame
from tests.typed.checked import assert_type

from .models import Product

logger = logging.getLogger(__name__)


def note(sender: type[Product], load: PartLoad, **kwargs: Any) -> None:
    assert_type(load.core, type[Any])
    assert_type(load.link, str)
    assert_type(load.rows, int)
    assert_type(load.duration, float)
    assert_type(load.place, Frame | None)
    assert_type(load.stack, list[Frame])
    names = (load.model, load.part, load.attname, load.using)
    logger.info("%s by %s at %s", names, load.suggestion, [frame.line for frame in load.stack])


def titles() -> list[str]:
    lazy_loads.part_loaded_lazily.connect(note)
    try:
        with lazy_loads.collect() as loads:
            found = [product.seo_title for product in Product.objects.all()]
    except LazyPartLoad as error:
        logger.warning("%s", error)
        raise
    finally:
        lazy_loads.part_loaded_lazily.disconnect(note)
    assert_type(loads, list[PartLoad])
    assert_type(lazy_loads.totals(), dict[tuple[str, str], int])
    assert len(loads) == 1
    return found


def all_at_once() -> list[str]:
    with lazy_loads.assert_no_lazy_parts():
        return [p.seo_title for p in Product.objects.with_parts("productsearch_ptr")]


def wrong() -> None:
    lazy_loads.collect(Product)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    with lazy_loads.collect() as loads:
        print(loads.rows)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
