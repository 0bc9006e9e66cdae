"""For django-auditlog."""

from auditlog.models import AuditlogHistoryField
from auditlog.registry import auditlog
from django.db import models

from .general import Brand


class Contract(models.Model):
    title = models.CharField(max_length=100)
    terms = models.TextField(blank=True)
    secret = models.CharField(max_length=50, blank=True)
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True)
    signed = models.DateTimeField(null=True, blank=True)
    parties = models.ManyToManyField(Brand, related_name="+", blank=True)

    entries = AuditlogHistoryField(delete_related=False)

    def __str__(self):
        return self.title


auditlog.register(Contract, m2m_fields={"parties"}, mask_fields=["secret"], serialize_data=True)
