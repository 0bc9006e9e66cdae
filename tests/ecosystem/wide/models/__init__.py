from .general import *  # noqa: F403
