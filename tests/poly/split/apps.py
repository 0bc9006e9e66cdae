from django.apps import AppConfig


class PolyConfig(AppConfig):
    name = "tests.poly.split"
    label = "poly_split"
