"""Split models that are polymorphic, by django-polymorphic.

Nothing of it is in migrations: historical models are not polymorphic, as those of
django-polymorphic are not.
"""

from django.core.exceptions import ImproperlyConfigured

try:
    import polymorphic  # noqa: F401
except ImportError as error:
    raise ImportError(
        "bdmodels.contrib.polymorphic needs django-polymorphic, which is not installed: "
        "run pip install 'bdmodels[polymorphic]'."
    ) from error

try:
    from .models import PolymorphicBreakdownModel
    from .query import PolymorphicBreakdownManager, PolymorphicBreakdownQuerySet
except RuntimeError as error:
    # The content type that every polymorphic model refers to.
    if "INSTALLED_APPS" not in str(error):
        raise
    raise ImproperlyConfigured(
        "bdmodels.contrib.polymorphic needs 'django.contrib.contenttypes' in INSTALLED_APPS."
    ) from error

__all__ = [
    "PolymorphicBreakdownManager",
    "PolymorphicBreakdownModel",
    "PolymorphicBreakdownQuerySet",
]
