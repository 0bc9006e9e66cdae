"""Flights out of New York City: the wide model, before the split (compare models_split.py)."""

from django.db import models


class Airline(models.Model):
    code = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Airport(models.Model):
    code = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return f"{self.code} {self.name}"


class Status(models.TextChoices):
    FLOWN = "flown"
    DIVERTED = "diverted"
    CANCELLED = "cancelled"


class PlaneType(models.TextChoices):
    SINGLE_ENGINE = "Fixed wing single engine"
    MULTI_ENGINE = "Fixed wing multi engine"
    ROTORCRAFT = "Rotorcraft"


class DaylightSaving(models.TextChoices):
    AMERICAN = "A", "US rules"
    NONE = "N", "none"
    UNKNOWN = "U", "unknown"


class FlightQuerySet(models.QuerySet):
    def delayed(self, minutes=15):
        return self.filter(arr_delay__gte=minutes)

    def between(self, first, last):
        return self.filter(date__range=(first, last))


class Flight(models.Model):
    # The flight as planned
    date = models.DateField(db_index=True)
    time_hour = models.DateTimeField("scheduled hour")
    hour = models.PositiveSmallIntegerField()
    minute = models.PositiveSmallIntegerField()
    carrier = models.ForeignKey(Airline, models.PROTECT, related_name="flights")
    carrier_name = models.CharField(max_length=60)
    number = models.PositiveIntegerField("flight number")
    tailnum = models.CharField("tail number", max_length=6, null=True, blank=True)
    # The foreign key's index is flight_route_idx
    origin = models.ForeignKey(Airport, models.PROTECT, related_name="departures", db_index=False)
    dest = models.CharField("destination", max_length=3)
    distance = models.PositiveIntegerField(help_text="in miles")
    sched_dep_time = models.PositiveSmallIntegerField(help_text="hhmm, local time")
    sched_arr_time = models.PositiveSmallIntegerField(help_text="hhmm, local time")
    # The flight as flown
    status = models.CharField(max_length=9, choices=Status)
    dep_time = models.PositiveSmallIntegerField(null=True, blank=True)
    dep_delay = models.SmallIntegerField(null=True, blank=True, help_text="in minutes")
    arr_time = models.PositiveSmallIntegerField(null=True, blank=True)
    arr_delay = models.SmallIntegerField(null=True, blank=True, help_text="in minutes")
    air_time = models.PositiveSmallIntegerField(null=True, blank=True, help_text="in minutes")
    # The plane
    plane_year = models.PositiveSmallIntegerField(null=True, blank=True)
    plane_type = models.CharField(max_length=24, choices=PlaneType, null=True, blank=True)
    plane_manufacturer = models.CharField(max_length=40, null=True, blank=True)
    plane_model = models.CharField(max_length=20, null=True, blank=True)
    plane_engines = models.PositiveSmallIntegerField(null=True, blank=True)
    plane_seats = models.PositiveSmallIntegerField(null=True, blank=True)
    plane_speed = models.PositiveSmallIntegerField(null=True, blank=True)
    plane_engine = models.CharField(max_length=13, null=True, blank=True)
    # The weather at the origin in the hour of departure
    temp = models.FloatField(null=True, blank=True)
    dewp = models.FloatField("dew point", null=True, blank=True)
    humid = models.FloatField("humidity", null=True, blank=True)
    wind_dir = models.PositiveSmallIntegerField(null=True, blank=True, help_text="in degrees")
    wind_speed = models.FloatField(null=True, blank=True, db_index=True)
    wind_gust = models.FloatField(null=True, blank=True)
    precip = models.DecimalField(
        "precipitation", max_digits=4, decimal_places=2, null=True, blank=True
    )
    pressure = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    visib = models.FloatField("visibility", null=True, blank=True)
    # Both ends of the route; some destinations are not in the table of airports
    origin_name = models.CharField(max_length=60)
    origin_lat = models.FloatField()
    origin_lon = models.FloatField()
    origin_alt = models.IntegerField()
    origin_tz = models.SmallIntegerField()
    origin_dst = models.CharField(max_length=1, choices=DaylightSaving)
    origin_tzone = models.CharField(max_length=40)
    dest_airport = models.ForeignKey(
        Airport, models.SET_NULL, null=True, blank=True, related_name="arrivals"
    )
    dest_name = models.CharField(max_length=60, null=True, blank=True)
    dest_lat = models.FloatField(null=True, blank=True)
    dest_lon = models.FloatField(null=True, blank=True)
    dest_alt = models.IntegerField(null=True, blank=True)
    dest_tz = models.SmallIntegerField(null=True, blank=True)
    dest_dst = models.CharField(max_length=1, choices=DaylightSaving, null=True, blank=True)
    dest_tzone = models.CharField(max_length=40, null=True, blank=True)

    objects = FlightQuerySet.as_manager()

    class Meta:
        ordering = ["time_hour", "carrier_id", "number"]
        get_latest_by = "time_hour"
        indexes = [
            models.Index(fields=["origin", "dest"], name="flight_route_idx"),
            models.Index(fields=["tailnum"], name="flight_tailnum_idx"),
            models.Index(fields=["plane_manufacturer", "plane_model"], name="flight_plane_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["time_hour", "carrier", "number"], name="flight_once_per_hour"
            ),
            models.CheckConstraint(
                condition=models.Q(humid__gte=0, humid__lte=100), name="flight_humid_percent"
            ),
        ]

    def __str__(self):
        return f"{self.carrier_id} {self.number} on {self.date}"


class Remark(models.Model):
    flight = models.ForeignKey(Flight, models.CASCADE, related_name="remarks")
    text = models.CharField(max_length=200)

    def __str__(self):
        return self.text
