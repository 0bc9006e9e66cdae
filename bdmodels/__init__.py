"""Split a wide Django model vertically into a core and parts that share its primary key.

Import from the submodules: `bdmodels.models`, `bdmodels.fields`, `bdmodels.migration_ops`.
"""

__version__ = "0.1.0"
