from django.apps import AppConfig


class Config(AppConfig):
    name = "tests.ecosystem.split"
    label = "split"
