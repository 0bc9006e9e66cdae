"""For django-pghistory, on PostgreSQL only."""

import pghistory
from django.db import models

from bdmodels.models import BreakdownModel, PartModel


@pghistory.track(obj_field=pghistory.ObjForeignKey(related_name="text_events"))
class OfferText(PartModel):
    body = models.TextField(blank=True)
    price = models.IntegerField(default=0)


@pghistory.track()
class Offer(BreakdownModel, OfferText):
    title = models.CharField(max_length=100)
