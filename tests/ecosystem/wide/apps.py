from django.apps import AppConfig


class Config(AppConfig):
    name = "tests.ecosystem.wide"
    label = "wide"
