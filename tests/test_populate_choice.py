"""What makemigrations asks about a required field, and what it writes."""

import pytest

from .populated import ADMIN, ADMIN_CODE, MOVIE, ORGANIZATION, SLUG, SLUG_CODE

pytest_plugins = ["tests.migrations_project.fixtures"]

COURSE = "class Course(models.Model):\n    title = models.CharField(max_length=60)\n"
PARTS = """
class CourseText(PartModel):
    summary = models.CharField(max_length=60, default="none")
{part}
class Course(BreakdownModel, CourseText):
    title = models.CharField(max_length=60)
{core}
"""
TIME = """
    class Time(models.TextChoices):
        MORNING = "M"
        AFTERNOON = "A"
        EVENING = "E"
    time = models.CharField(max_length=1, choices=Time.choices{options})
"""
KINDS = {
    "plain": (COURSE, COURSE + "{time}"),
    "core": (PARTS.format(part="", core=""), PARTS.format(part="", core="{time}")),
    "part": (PARTS.format(part="", core=""), PARTS.format(part="{time}", core="")),
}
IMPORTS = "from django.utils.text import slugify\n\n\nclass Migration("


def fill_in(project, start, code):
    """Write the function as a user does: in the place of the line that fails."""
    path = project.migration(start)
    head, stub, rest = path.read_text().partition("    raise bdmodels")
    assert stub
    body = rest.partition("    )\n")[2]
    text = head + code.replace("\n    ", "\n    ").lstrip("\n") + body
    path.write_text(text.replace("class Migration(", IMPORTS, 1))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("options", "answers", "stored", "is_required"),
    [
        ("", "1\n'A'\n", "A", True),
        (", null=True, blank=True", "", None, False),
        (", default='E'", "", "E", True),
    ],
)
def test_a_required_field_with_the_answers_of_django(
    project, kind, options, answers, stored, is_required
):
    before, after = KINDS[kind]
    project.models(before)
    project.run("make(); migrate(); models.Course.objects.create(title='old')")
    project.models(after.replace("{time}", TIME.replace("{options}", options)))
    back = "0001" if kind == "plain" else "zero"
    found = project.run(
        f"make(answers={answers!r}); migrate(); check()\n"
        """
from django.forms import modelform_factory
C = models.Course
C.objects.create(title='new', time='M')
Form = modelform_factory(C, fields=['title', 'time'])
form = Form({'title': 'f', 'time': 'E'})
wrong = Form({'title': 'g', 'time': 'X'})
empty = Form({'title': 'h'})
answer([
    list(C.objects.order_by('pk').values_list('title', 'time')),
    C.objects.get(title='old').time,
    form.is_valid() and form.save().time,
    wrong.is_valid(), empty.is_valid(), Form().fields['time'].required,
    C.objects.filter(time='E').count(),
])
"""
        f"migrate('shop', {back!r}); migrate(); check()"
    )
    later = 1 + (stored == "E")
    rows = [["old", stored], ["new", "M"]]
    assert found == [rows, stored, "E", False, not is_required, is_required, later]


def test_the_third_choice_writes_a_stub_that_fails_until_it_is_written(project):
    project.models(MOVIE)
    project.run("make(); migrate()")
    project.models(MOVIE + SLUG)
    project.run("make(answers='3\\n'); check()")
    text = project.migration("0002_movie_slug").read_text()
    assert "def fill_movie_slug(apps, schema_editor, rows):" in text
    assert "A row has id, title." in " ".join(text.split())
    assert "value=fill_movie_slug," in text
    assert "atomic = False" in text
    assert "default" not in text
    # Also where there is no row that would need a value.
    for _ in range(2):
        said = project.run("migrate()", fails=True)
        assert "Write fill_movie_slug() in the migration shop.0002_movie_slug first" in said
    project.run("models.Movie.objects.all().values_list('title').count()")
    fill_in(project, "0002", SLUG_CODE)
    project.run(
        "execute(\"INSERT INTO shop_movie (title) VALUES ('A b'), ('A b')\"); migrate(); check()"
    )
    slugs = project.run("answer(list(models.Movie.objects.values_list('slug', flat=True)))")
    assert sorted(slugs) == ["a-b", "a-b-2"]


@pytest.mark.parametrize("kind", ["core", "part"])
def test_the_third_choice_for_parts_and_cores(project, kind):
    before, after = KINDS[kind]
    project.models(before)
    project.run(
        "make(); migrate()\n"
        "for n in range(3): models.Course.objects.create(title=f't{n}', summary=f's{n}')"
    )
    project.models(after.replace("{time}", "    rank = models.IntegerField(unique=True)\n"))
    project.run("make(answers='3\\n'); check()")
    model, own = ("course", "title, summary") if kind == "core" else ("coursetext", "summary")
    text = project.migration("0002").read_text()
    assert f"def fill_{model}_rank(" in text
    assert own in " ".join(text.split())
    fill_in(project, "0002", f"    for {model} in rows:\n        {model}.rank = 10 - {model}.pk\n")
    project.run("migrate(); check()")
    ranks = "answer(list(models.Course.objects.order_by('pk').values_list('rank', flat=True)))"
    assert project.run(ranks) == [9, 8, 7]
    project.run("migrate('shop', '0001'); migrate(); check()")
    assert project.run(ranks) == [9, 8, 7]


def test_a_relation_with_the_third_choice(project):
    project.models(ORGANIZATION)
    project.run("make(); migrate(); models.Organization.objects.create(name='Club')")
    project.models(ORGANIZATION + ADMIN)
    project.run("make(answers='3\\n'); check()")
    assert 'Group = apps.get_model("auth", "Group")' in project.migration("0002").read_text()
    fill_in(project, "0002", ADMIN_CODE)
    project.run("migrate(); check()")
    assert project.run("answer(models.Organization.objects.get().admin.name)") == "Club Admin"


def test_only_the_operation_is_not_atomic(project):
    project.models(MOVIE + "class Old(models.Model): pass\n")
    project.run("make(); migrate()")
    project.models(
        MOVIE
        + SLUG
        + "    year = models.IntegerField(null=True)\n"
        + "    zone = models.IntegerField()\n"
        + "    class Meta:\n        indexes = [models.Index(fields=['year', 'slug'], name='i')]\n"
        + "class New(models.Model): movie = models.ForeignKey(Movie, models.CASCADE)\n"
    )
    project.run("make(answers='3\\n3\\n'); check()")
    for start in project.migrations()[1:]:
        text = project.migration(start).read_text()
        assert ("atomic = False" in text) == ("AddPopulatedField" in text)
        assert text.count("AddPopulatedField(") in (0, 1)
        if "AddPopulatedField" in text:
            assert "migrations." not in text.partition("operations = [")[2].replace(
                "bdmodels.migration_ops", ""
            )
            fill_in(project, start, "    pass\n")
    project.run("migrate(); check(); migrate('shop', '0001'); migrate()")


def test_nobody_is_asked_where_nobody_answers(project):
    project.models(MOVIE)
    project.run("make(); migrate()")
    project.models(MOVIE + SLUG)
    said = project.run("make(interactive=False)", fails=True)
    assert "it is impossible to add a non-nullable field without specifying a default" in said
    project.run("make(answers='2\\n')", fails=True)
    assert len(project.migrations()) == 1


def test_a_unique_callable_default_and_auto_now_add(project):
    project.models(MOVIE)
    project.run("make(); migrate(); models.Movie.objects.create(title='a')")
    project.models(
        "import uuid\n"
        + MOVIE
        + "    code = models.UUIDField(unique=True, default=uuid.uuid4)\n"
        + "    made = models.DateTimeField(auto_now_add=True)\n"
    )
    project.run("make(answers='3\\n3\\n'); check()")
    for start in project.migrations()[1:]:
        if "movie_code" in start:
            code = "    import uuid\n    for movie in rows: movie.code = uuid.uuid4()\n"
        else:
            code = (
                "    from django.utils.timezone import now\n"
                "    for movie in rows: movie.made = now().replace(year=2001, day=1)\n"
            )
        fill_in(project, start, code)
    project.run("migrate(); check(); models.Movie.objects.create(title='b')")
    years = "answer([m.made.year for m in models.Movie.objects.order_by('pk')])"
    assert project.run(years)[0] == 2001
