from .gadget import *  # noqa: F403
from .general import *  # noqa: F403
from .tagged import *  # noqa: F403
from .translated import *  # noqa: F403
