"""What django-modeltranslation translates; it finds this module by its name."""

from modeltranslation.translator import TranslationOptions, translator

from .models import Article, ArticleProxy, ArticleText, Series


class ArticleTextOptions(TranslationOptions):
    fields = ["heading", "summary", "series"]


class ArticleOptions(TranslationOptions):
    fields = ["title"]


class ProxyOptions(TranslationOptions):
    fields = ()


class SeriesOptions(TranslationOptions):
    fields = ["name"]


translator.register(Series, SeriesOptions)
translator.register(ArticleText, ArticleTextOptions)
translator.register(Article, ArticleOptions)
translator.register(ArticleProxy, ProxyOptions)
