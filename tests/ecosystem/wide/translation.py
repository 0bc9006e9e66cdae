"""What django-modeltranslation translates; it finds this module by its name."""

from modeltranslation.translator import TranslationOptions, translator

from .models import Article, ArticleProxy, Series


class ArticleOptions(TranslationOptions):
    fields = ["title", "heading", "summary", "series"]


class ProxyOptions(TranslationOptions):
    fields = ()


class SeriesOptions(TranslationOptions):
    fields = ["name"]


translator.register(Series, SeriesOptions)
translator.register(Article, ArticleOptions)
translator.register(ArticleProxy, ProxyOptions)
