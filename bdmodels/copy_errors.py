"""What an error of the database means for a copy, and what to do."""

from typing import Any

REMEDIES = {
    "full": "The disk of the database is full. Make room; the copy goes on where it stopped.",
    "read_only": (
        "This database is read-only, a replica perhaps. Run the command for the primary "
        "(--database)."
    ),
    "duplicate": (
        "Two rows have the same value in a column that must be unique in the new table. Change "
        "one of them."
    ),
    "null": "A row lacks a value that the new table requires. Give it one.",
    "trigger": (
        "A trigger of yours refused the row. See what it says; change the row or the trigger."
    ),
    "lost": "The connection to the database was lost.",
}


def explained(dialect: Any, error: BaseException, label: str) -> str:
    """A sentence about an error, with the next step.

    :param label: what was being copied.
    """
    meaning = dialect.meanings.get(dialect.error_code(error))
    if meaning is None and not is_usable(dialect.connection):
        meaning = "lost"
    remedy = REMEDIES.get(meaning or "", "Remove the cause.")
    text = str(error).strip() or type(error).__name__
    return (
        f"Copying {label} stopped: {text}\n{remedy} What was copied stays copied; run the same "
        "command again to go on."
    )


def is_usable(connection: Any) -> bool:
    """Whether the server still answers."""
    if connection.connection is None:
        return False
    if connection.in_atomic_block:
        return True
    return bool(connection.is_usable())
