from .gadget import *  # noqa: F403
from .general import *  # noqa: F403
