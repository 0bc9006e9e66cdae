"""What django-modeltranslation translates; it finds this module by its name."""

from modeltranslation.translator import TranslationOptions, translator

from .models import Series, Story, StoryProxy


class StoryOptions(TranslationOptions):
    fields = ["title", "heading", "summary", "series"]


class ProxyOptions(TranslationOptions):
    fields = ()


class SeriesOptions(TranslationOptions):
    fields = ["name"]


translator.register(Series, SeriesOptions)
translator.register(Story, StoryOptions)
translator.register(StoryProxy, ProxyOptions)
