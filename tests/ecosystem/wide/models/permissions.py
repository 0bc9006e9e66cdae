"""For django-guardian."""

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from .history import Article


class ArticleUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Article, models.CASCADE)


class ArticleGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Article, models.CASCADE)
