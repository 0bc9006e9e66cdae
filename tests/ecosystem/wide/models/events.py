"""For django-pghistory, on PostgreSQL only."""

import pghistory
from django.db import models


@pghistory.track()
class Offer(models.Model):
    title = models.CharField(max_length=100)
    body = models.TextField(blank=True)
    price = models.IntegerField(default=0)
