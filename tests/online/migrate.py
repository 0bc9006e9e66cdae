"""Migrates the application of a course, so that it can be killed.

    python -m tests.online.migrate MARK MIGRATION

The file MARK is made when all is imported and the migration begins.
"""

import sys
from pathlib import Path

from django.core.management import call_command

from . import process


def main() -> None:
    mark, migration = sys.argv[1:]
    process.setup()
    Path(mark).touch()
    call_command("migrate", "shop", migration, interactive=False)


if __name__ == "__main__":
    main()
