"""What operations about a transfer have in common: which columns, and how they are written."""

from typing import Any

from django.db.migrations.operations.base import OperationCategory

from .operations_base import SplitOperation
from .transfers import Fields


class TransferOperation(SplitOperation):
    """An operation about columns of two tables of a family.

    :param fields: names, ``{target name: source name}``, or None for all fields with a column
        that both models have.
    :param sparse: the part has a row only where one of the values is set.
    :param elidable: whether squashing drops the operation.
    """

    category = OperationCategory.SQL
    reduces_to_sql = True

    def __init__(self, fields: Fields, sparse: bool, elidable: bool) -> None:
        self.field_names = fields if fields is None or isinstance(fields, dict) else list(fields)
        self.sparse = sparse
        # Operation.elidable is a class attribute of Django's, which its operations set like this.
        self.elidable = elidable  # type: ignore[misc]

    def options(self, **more: Any) -> dict[str, Any]:
        """The arguments beside the models, those that differ from the defaults.

        :param more: further ones of a subclass, whose defaults are false.
        """
        found: dict[str, Any] = {}
        if self.field_names is not None:
            found["fields"] = self.field_names
        if self.sparse:
            found["sparse"] = True
        found.update({name: value for name, value in more.items() if value})
        if not self.elidable:
            found["elidable"] = False
        return found
