from django.contrib import admin
from django.shortcuts import render
from django.urls import include, path

from .books.models import Book


def shelf(request):
    return render(request, "books/shelf.html", {"books": Book.objects.order_by("pk")})


urlpatterns = [
    path("admin/", admin.site.urls),
    path("shelf/", shelf),
    path("__debug__/", include("debug_toolbar.urls")),
]
