# pyright: reportAssertTypeFailure=false
"""What a checker knows of polymorphic cores."""

from __future__ import annotations

from tests.typed.checked import assert_type

from .models import Book, Medium


def fill() -> None:
    book = Book(title="Dune", summary="Sand.", isbn="0", pages=5)
    assert_type(book.isbn, str)
    assert_type(book.summary, str)
    book.save()
    Medium(title="Jaws", summary="Water.").save()


def titles() -> list[str]:
    found = list(Medium.objects.with_parts("Book___bookdetails_ptr"))
    assert [type(medium) for medium in found] == [Book, Medium]
    assert list(Medium.chosen.titled()) == found
    return [medium.title for medium in found]
