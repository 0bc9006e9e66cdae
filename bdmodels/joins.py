"""JOINs of filtered relations that lead to a core.

The condition of a FilteredRelation stands in the ON clause, and it may be about several
tables of the family. Then the family is joined in parentheses, as one table would be::

    LEFT OUTER JOIN ("product" T INNER JOIN "seo" P ON (T."id" = P."id"))
        ON ("category"."id" = P."category_id" AND P."title" = 'x' AND T."price" > 3)
"""

from typing import Any

from django.db.models.expressions import RawSQL
from django.db.models.sql.datastructures import Join

from .fields import is_link
from .relations import CoreRel, LastHop

plain_resolve_raw_sql = RawSQL.resolve_expression


class FamilyJoin(Join):
    """A JOIN of a filtered relation, or one by a link; all else is Django's."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        joins = compiler.query.alias_map
        counts = compiler.query.alias_refcount
        if is_link(self.join_field):
            parent = joins[self.parent_alias]
            if absorbs(parent) and counts[self.parent_alias]:
                return "", []
            return super().as_sql(compiler, connection)
        members = [
            join
            for alias, join in joins.items()
            if counts[alias] and join.parent_alias == self.table_alias and is_link(join.join_field)
        ]
        one_hop = isinstance(self.join_field, CoreRel) and not isinstance(self.join_field, LastHop)
        rel = self.join_field if one_hop else None
        if rel is None and not members:
            return super().as_sql(compiler, connection)
        return self.nested(compiler, connection, members, rel)

    def nested(self, compiler: Any, connection: Any, members: Any, rel: Any) -> Any:
        """The JOIN of a core with the parts that its ON clause is about."""
        on: Any = self
        params: list[Any] = []
        if rel is not None:
            # The foreign key is a column of this part: the ON clause goes by its alias.
            part = rel.field.model._meta.db_table
            member = next((m for m in members if m.table_name == part), None)
            if member is None:
                alias = f"{self.table_alias}_{part}".lower()
                parent: Any = self.table_alias
                member = FamilyJoin(part, parent, alias, "INNER JOIN", rel.core_link, False)
                members = [*members, member]
            on = self.relabeled_clone({})
            on.table_name, on.table_alias = member.table_name, member.table_alias
        inside, _ = split(Join.as_sql(self, compiler, connection)[0])
        sql, on_params = Join.as_sql(on, compiler, connection)
        for member in members:
            plain = member.relabeled_clone({})
            plain.join_type = "LEFT OUTER JOIN" if member.join_field.null else "INNER JOIN"
            member_sql, member_params = Join.as_sql(plain, compiler, connection)
            inside += f" {member_sql}"
            params += member_params
        return f"{self.join_type} ({inside}) ON {split(sql)[1]}", [*params, *on_params]


def split(sql: str) -> tuple[str, str]:
    """The table with its alias, and the condition, of what Join.as_sql() writes."""
    table, _, condition = sql.partition(" ON (")
    return table.partition(" JOIN ")[2], f"({condition}"


def absorbs(join: Any) -> bool:
    """Whether the parts of what is joined are joined inside its parentheses."""
    return isinstance(join, FamilyJoin) and not is_link(join.join_field)


def join_class(
    table_name: str,
    parent_alias: str,
    table_alias: Any,
    join_type: Any,
    join_field: Any,
    nullable: bool,
    filtered_relation: Any = None,
) -> Join:
    """Replaces ``Query.join_class`` (a Join): chooses the class of one JOIN."""
    nests = is_link(join_field) or filtered_relation is not None
    cls = FamilyJoin if nests else Join
    return cls(
        table_name, parent_alias, table_alias, join_type, join_field, nullable, filtered_relation
    )


def resolve_raw_sql(
    expression: Any,
    query: Any = None,
    allow_joins: bool = True,
    reuse: Any = None,
    summarize: bool = False,
    for_save: bool = False,
) -> Any:
    """Replaces ``RawSQL.resolve_expression()``: joins the parts whose columns the SQL names.

    Django does the same for the parents of a multi-table child.
    """
    sql = expression.sql.lower()
    for fields in getattr(getattr(query.model, "_meta", None), "part_fields", {}).values():
        named = next((f for f in fields if f.column.lower() in sql), None)
        if named is not None:
            query.resolve_ref(named.name, allow_joins, reuse, summarize)
    return plain_resolve_raw_sql(expression, query, allow_joins, reuse, summarize, for_save)
