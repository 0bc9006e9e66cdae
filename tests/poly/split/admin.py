from tests.poly import admins

from . import models

admins.register(models)
