"""The one place that knows which Django is running."""

import django

HAS_FETCH_MODES = django.VERSION >= (6, 1)
