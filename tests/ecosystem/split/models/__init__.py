from django.conf import settings

from .audit import *  # noqa: F403
from .gadget import *  # noqa: F403
from .general import *  # noqa: F403
from .history import *  # noqa: F403
from .permissions import *  # noqa: F403
from .tagged import *  # noqa: F403
from .translated import *  # noqa: F403
from .trees import *  # noqa: F403
from .versions import *  # noqa: F403

if "pghistory" in settings.INSTALLED_APPS:
    from .events import *  # noqa: F403
