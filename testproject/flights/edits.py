"""A few changes of the kind that a day's work brings, made on the split model.

They show that going back to the wide table carries along what was written after the split. Each
is said twice: as code of the project, and as what the values must then be.
"""

from typing import Any

import numpy as np

from flights.models import Flight
from flights.source import Flights

SAVED, SAVED_VALUES = 1, {"arr_delay": 7, "plane_seats": 150, "origin_name": "Newark"}
UPDATED, UPDATED_VALUES = [2, 3, 5], {"status": "diverted", "wind_gust": 40.5, "dest_name": None}
BULK, BULK_VALUES = [8, 13, 21], {"dep_delay": -1, "plane_model": "A320-251N", "visib": 2.5}
DELETED = 34
COPIED, COPY_VALUES = 55, {"number": 9999, "temp": 71.6, "plane_engine": "Turbo-fan"}


def make() -> None:
    """Make the changes, with nothing but Django's ORM."""
    flight = Flight.objects.get(pk=SAVED)
    for name, value in SAVED_VALUES.items():
        setattr(flight, name, value)
    flight.save()

    Flight.objects.filter(pk__in=UPDATED).update(**UPDATED_VALUES)

    flights = Flight.objects.in_bulk(BULK).values()
    for flight in flights:
        for name, value in BULK_VALUES.items():
            setattr(flight, name, value)
    Flight.objects.bulk_update(flights, list(BULK_VALUES))

    Flight.objects.get(pk=DELETED).delete()

    copy = Flight.objects.get(pk=COPIED)
    copy.pk = None
    for name, value in COPY_VALUES.items():
        setattr(copy, name, value)
    copy.save()


def expect(flights: Flights) -> None:
    """Change the source data likewise."""
    columns = flights.columns

    def assign(ids: list[int], values: dict[str, Any]) -> None:
        for name, value in values.items():
            columns[name][[id - 1 for id in ids]] = value

    new = len(flights) + 1
    for name, column in columns.items():
        columns[name] = np.append(column, column[COPIED - 1])
    assign([SAVED], SAVED_VALUES)
    assign(UPDATED, UPDATED_VALUES)
    assign(BULK, BULK_VALUES)
    assign([new], {"id": new, **COPY_VALUES})
    for name, column in columns.items():
        columns[name] = np.delete(column, DELETED - 1)
