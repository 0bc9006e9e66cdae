from django.apps import AppConfig


class PolyConfig(AppConfig):
    name = "tests.poly.wide"
    label = "poly_wide"
