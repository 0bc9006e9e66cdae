"""Migration operations: import them from here, in migration files as well."""

from .operations_check import CheckCopied
from .operations_columns import (
    AddMovedFields,
    RelaxMovedFields,
    RemoveMovedFields,
    TightenMovedFields,
)
from .operations_copy import CopyDataBetweenParts, CopyDataFromPartial, CopyDataToPartial
from .operations_indexes import (
    AddMovedConstraint,
    AddMovedIndex,
    AlterMovedUniqueTogether,
    RemoveMovedConstraint,
    RemoveMovedIndex,
)
from .operations_keys import AddPartForeignKey, RemovePartForeignKey
from .operations_locks import LockTables
from .operations_populate import AddPopulatedField
from .operations_state import (
    AddVirtualField,
    CreatePart,
    RemoveVirtualField,
    RenamePart,
    SetBases,
)
from .operations_sync import InstallSync, RemoveSync
from .transfers import Refused

__all__ = [
    "AddMovedConstraint",
    "AddMovedFields",
    "AddMovedIndex",
    "AddPartForeignKey",
    "AddPopulatedField",
    "AddVirtualField",
    "AlterMovedUniqueTogether",
    "CheckCopied",
    "CopyDataBetweenParts",
    "CopyDataFromPartial",
    "CopyDataToPartial",
    "CreatePart",
    "InstallSync",
    "LockTables",
    "Refused",
    "RelaxMovedFields",
    "RemoveMovedConstraint",
    "RemoveMovedFields",
    "RemoveMovedIndex",
    "RemovePartForeignKey",
    "RemoveSync",
    "RemoveVirtualField",
    "RenamePart",
    "SetBases",
    "TightenMovedFields",
]

# MigrationWriter imports an operation from the module that its class names.
for _name in __all__:
    globals()[_name].__module__ = __name__
