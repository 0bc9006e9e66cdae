"""The pytest plugin: the fixture ``assert_no_lazy_parts``.

pytest imports it in every project of the environment, with or without Django, and before
coverage is measured: what needs Django is imported when the fixture is used.
"""

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pytest


class Guard:
    """Watches a whole test, or the blocks for which it is called."""

    def __init__(self) -> None:
        self.only_blocks = False

    def __call__(self) -> AbstractContextManager[Any]:
        from bdmodels.lazy_loads import assert_no_lazy_parts

        self.only_blocks = True
        return assert_no_lazy_parts()

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Watch the test, from the outside."""
        from bdmodels import lazy_loads

        with lazy_loads.listen() as loads:
            yield
        if loads and not self.only_blocks:
            pytest.fail(lazy_loads.listing(loads), pytrace=False)


GUARD = pytest.StashKey[Guard]()


@pytest.fixture
def assert_no_lazy_parts(request: pytest.FixtureRequest) -> Guard:
    """Fail the test if it loads a part of a split model lazily; the message lists all loads.

    Called, it gives a context manager, and then only what is in such blocks counts.
    """
    guard = Guard()
    request.node.stash[GUARD] = guard
    return guard


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    guard = item.stash.get(GUARD, None)
    with guard.watch() if guard else nullcontext():
        return (yield)
