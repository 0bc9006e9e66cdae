"""What holds a copy back at our place; named by BDMODELS_COPY_THROTTLE."""

from __future__ import annotations

from django.utils import timezone

from bdmodels.throttles import Throttle


def at_night() -> str | None:
    return "the shop is open" if 8 <= timezone.now().hour < 20 else None


def never() -> int:
    return 0


throttle: Throttle = at_night
wrong: Throttle = never  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
