"""What django-modeltranslation translates; it finds this module by its name."""

from modeltranslation.translator import TranslationOptions, translator

from .models import Series, Story, StoryProxy, StoryText


class StoryTextOptions(TranslationOptions):
    fields = ["heading", "summary", "series"]


class StoryOptions(TranslationOptions):
    fields = ["title"]


class ProxyOptions(TranslationOptions):
    fields = ()


class SeriesOptions(TranslationOptions):
    fields = ["name"]


translator.register(Series, SeriesOptions)
translator.register(StoryText, StoryTextOptions)
translator.register(Story, StoryOptions)
translator.register(StoryProxy, ProxyOptions)
