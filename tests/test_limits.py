"""What docs/explanation/limits.md says of cases that no other test has."""

import pytest

pytest_plugins = ["tests.migrations_project.fixtures"]


@pytest.mark.only_on("sqlite", "postgresql")
def test_a_part_that_had_a_table_already_lacks_rows_until_they_are_repaired(project):
    recall = "class Recall(PartModel):\n    recalled = models.DateField(null=True)\n"
    title = "    title = models.CharField(max_length=50)\n"
    project.models(f"{recall}class Product(models.Model):\n{title}")
    project.run("make(); migrate(); models.Product.objects.create(title='t')")
    project.models(f"{recall}class Product(BreakdownModel, Recall):\n{title}")
    project.run("make(); migrate()")
    read = "print(models.Product.objects.get().recalled)"
    assert "DoesNotExist" in project.run(read, fails=True)
    project.run("call_command('breakdown', 'repair', 'shop.Product', interactive=False)")
    assert "None" in project.run(read)
