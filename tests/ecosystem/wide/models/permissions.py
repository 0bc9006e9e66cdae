"""For django-guardian."""

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from .history import Article


class WideUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Article, models.CASCADE)


class WideGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Article, models.CASCADE)


# Two relations of one model to users cannot have the same name.
ArticleUserPermission = WideUserPermission
