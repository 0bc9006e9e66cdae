"""What django-modeltranslation translates; it finds this module by its name."""

from modeltranslation.translator import TranslationOptions, translator

from .models import Chapter, ChapterProxy, ChapterText, Series


class ChapterTextOptions(TranslationOptions):
    fields = ["heading", "summary", "series"]


class ChapterOptions(TranslationOptions):
    fields = ["title"]


class ProxyOptions(TranslationOptions):
    fields = ()


class SeriesOptions(TranslationOptions):
    fields = ["name"]


translator.register(Series, SeriesOptions)
translator.register(ChapterText, ChapterTextOptions)
translator.register(Chapter, ChapterOptions)
translator.register(ChapterProxy, ProxyOptions)
