"""Sphinx configuration. The build needs no network and treats warnings as errors."""

import sys
from pathlib import Path

import django
from django.conf import settings

from bdmodels import __version__

sys.path.insert(0, str(Path(__file__).resolve().parent))

settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "bdmodels"])
django.setup()

project = "bdmodels"
author = "the bdmodels contributors"
copyright = f"2026, {author}"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "spelling"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

add_module_names = False
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"

# What is named has to be there. Names of Django and others cannot be looked up without network.
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(?!bdmodels)\w+\..*"), (r"py:class", "M|P|LinkOptions")]

html_theme = "furo"
html_title = f"bdmodels {release}"
pygments_style = "default"
