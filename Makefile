# Everything a developer of bdmodels runs. Needs Python 3.10 or newer and make; the rest is
# installed into $(VENV) when a target first needs it.
#
#   make test DJANGO='Django~=5.2.0' VENV=.venv-52 PYTHON=python3.10
#   make test-sqlite ARGS='-k reverse -x'
#   make demo DB=postgresql
#   make demo DB=postgresql ONLINE=1
#   make soak DB=mariadb SECONDS=20 ROWS=20000
#   make bench DB=postgresql BENCH_ARGS='--rows 200000'

PYTHON ?= python3
VENV   ?= .venv
# A requirement such as 'Django~=5.2.0'; empty: the newest Django that $(PYTHON) supports.
DJANGO ?=
# Arguments for pytest, for the demo (--rows 20000) and for the benchmark (--help lists them).
ARGS   ?= -n 2
DEMO_ARGS ?=
BENCH_ARGS ?=

BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTEST := $(BIN)/python -m pytest

# MariaDB is tested where a server is named, and its driver (a C extension) is built only then.
MARIADB := $(if $(BDMODELS_TEST_MARIADB)$(BDMODELS_REQUIRE_ALL),test-mariadb)
DRIVER := $(if $(filter mysql mariadb,$(firstword $(subst :, ,$(DATABASE_URL)))),$(VENV)/.mysql)

export PYTHONUNBUFFERED = 1

.PHONY: help
help:  ## Show this list
	@echo "Targets:"
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

.PHONY: demo
demo: $(VENV)/.demo $(DRIVER)  ## Split a table of real flights, verify, measure, and go back (DB=postgresql or DATABASE_URL; ONLINE=1: split it while code writes to it)
	@echo "==> Running the demo on $(or $(DATABASE_URL),$(DB),sqlite)"
	@exec $(BIN)/python testproject/demo.py $(if $(ONLINE),--online) $(DEMO_ARGS)

.PHONY: demo-fields
demo-fields: $(VENV)/.demo  ## Add required fields to tables that have rows (DB=postgresql)
	@exec $(BIN)/python testproject/demo_fields.py

.PHONY: bench
bench: $(VENV)/.bench $(DRIVER)  ## Measure a split model against the wide one and other ways (DB=postgresql or DATABASE_URL)
	@exec $(BIN)/python benchmarks/run.py --database '$(or $(DATABASE_URL),$(DB),sqlite)' $(BENCH_ARGS)

.PHONY: test test-sqlite test-postgresql test-mariadb
test: test-sqlite test-postgresql $(MARIADB)  ## Run the tests on SQLite, PostgreSQL and, if BDMODELS_TEST_MARIADB is set, MariaDB

test-sqlite: $(VENV)/.test  ## ... on SQLite only
	@echo "==> Tests on SQLite"
	@BDMODELS_TEST_DB=sqlite $(PYTEST) $(ARGS)

test-postgresql: $(VENV)/.test  ## ... on PostgreSQL only (embedded, or the server BDMODELS_TEST_POSTGRESQL)
	@echo "==> Tests on PostgreSQL ($(if $(BDMODELS_TEST_POSTGRESQL),the server given,embedded))"
	@BDMODELS_TEST_DB=postgresql $(PYTEST) $(ARGS)

test-mariadb: $(VENV)/.test $(VENV)/.mysql  ## ... on MariaDB only (BDMODELS_TEST_MARIADB=mysql://root@127.0.0.1:3306/)
	@echo "==> Tests on MariaDB"
	@BDMODELS_TEST_DB=mariadb $(PYTEST) $(ARGS)

.PHONY: test-ecosystem
test-ecosystem: $(VENV)/.ecosystem  ## Run the tests with other packages: REST framework, django-filter and so on (DB=postgresql)
	@echo "==> Tests with other packages on $(or $(DB),sqlite)"
	@DJANGO_SETTINGS_MODULE=tests.ecosystem.settings BDMODELS_TEST_DB=$(or $(DB),sqlite) \
	  $(PYTEST) tests/ecosystem $(ARGS)

.PHONY: test-browser
test-browser: $(VENV)/.browser  ## Run the tests of the admin in Chromium, which has to be installed (DB=postgresql)
	@echo "==> Tests in a browser on $(or $(DB),sqlite)"
	@DJANGO_SETTINGS_MODULE=tests.browser.settings BDMODELS_TEST_DB=$(or $(DB),sqlite) \
	  $(PYTEST) tests/browser $(filter-out -n 2,$(ARGS))

.PHONY: screenshots
screenshots: export BDMODELS_SCREENSHOTS = 1
screenshots: DB = postgresql
screenshots: test-browser  ## Run these and take the pictures of the docs, docs/images/*.png

# Once per Django: make compatibility DJANGO='Django~=5.2.0' VENV=.venv-52 PYTHON=python3.10
.PHONY: compatibility
compatibility: export BDMODELS_COMPATIBILITY = docs/reference/compatibility.json
compatibility: $(VENV)/.ecosystem  ## Run these and the marked tests of features; write the table of the docs (DB=postgresql)
	@$(MAKE) --no-print-directory test-ecosystem
	@BDMODELS_TEST_DB=$(or $(DB),sqlite) $(PYTEST) -m compatibility $(ARGS)
	@$(BIN)/python -m tests.compatibility $(BDMODELS_COMPATIBILITY) docs/reference/compatibility.md

.PHONY: fuzz
fuzz: $(VENV)/.test $(if $(findstring mariadb,$(DB)),$(VENV)/.mysql)  ## Compare split models with their wide twins at length (DB=postgresql EXAMPLES=20000 SEED=0)
	@echo "==> $(or $(EXAMPLES),20000) examples on $(or $(DB),sqlite)"
	@BDMODELS_TEST_DB=$(or $(DB),sqlite) BDMODELS_FUZZ_EXAMPLES=$(or $(EXAMPLES),20000) \
	  BDMODELS_FUZZ_SEED=$(or $(SEED),0) $(PYTEST) tests/test_equivalence.py $(ARGS)

.PHONY: soak
soak: $(VENV)/.test $(if $(findstring mariadb,$(DB)),$(VENV)/.mysql)  ## Prove at length that an online split loses nothing; report in testproject/var/ (DB=postgresql SECONDS=60 ROWS=100000)
	@echo "==> Old and new code write through all phases on $(or $(DB),postgresql)"
	@BDMODELS_TEST_DB=$(or $(DB),postgresql) BDMODELS_ONLINE_SECONDS=$(or $(SECONDS),60) \
	  BDMODELS_ONLINE_ROWS=$(or $(ROWS),100000) BDMODELS_ONLINE_KILLS=$(or $(KILLS),17) \
	  BDMODELS_ONLINE_CRASHES=$(or $(CRASHES),10) BDMODELS_ONLINE_SEED=$(or $(SEED),1) \
	  BDMODELS_ONLINE_REPORT=testproject/var/soak-$(or $(DB),postgresql) \
	  $(PYTEST) tests/test_online.py -s
	@cat testproject/var/soak-$(or $(DB),postgresql).md testproject/var/soak-$(or $(DB),postgresql)-costs.md

.PHONY: lint
lint: $(VENV)/.dev  ## Check style and format
	@echo "==> ruff check"
	@$(BIN)/ruff check .
	@echo "==> ruff format --check"
	@$(BIN)/ruff format --check .

.PHONY: format
format: $(VENV)/.dev  ## Apply style and format
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: types
types: $(VENV)/.dev  ## Check types: the package by mypy --strict, a sample project by mypy --strict and Pyright
	@echo "==> mypy --strict"
	@$(BIN)/python -m mypy
	@echo "==> mypy --strict on the sample project, tests/typed"
	@$(BIN)/python -m mypy --config-file tests/typed/mypy.ini
	@echo "==> pyright on the sample project"
	@$(BIN)/pyright --pythonpath $(BIN)/python --project tests/typed

.PHONY: docs
docs: $(VENV)/.docs  ## Build the documentation; warnings are errors
	@echo "==> sphinx-build"
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

.PHONY: matrix
matrix: $(VENV)/.dev  ## Run every Python x Django x database that is there (tox, from the built wheel)
	@echo "==> tox"
	@$(BIN)/tox run --skip-missing-interpreters=true $(if $(BDMODELS_TEST_MARIADB),,--skip-env '.*mariadb')

.PHONY: clean
clean:  ## Remove the virtual environment, builds and caches
	rm -rf $(VENV) benchmarks/var .tox .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist docs/_build

# The environment. One stamp per group of requirements; a new pyproject.toml renews them.

$(VENV)/.created:
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON) found; say PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "make: bdmodels needs Python 3.10 or newer; $(PYTHON) is `$(PYTHON) -V 2>&1`. Say PYTHON=..." >&2; exit 1; }
	@echo "==> Creating $(VENV) with `$(PYTHON) -V`"
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

define install
	@echo "==> Installing bdmodels[$(1)] into $(VENV)"
	@$(PIP) install --editable '.[$(1)]' $(if $(DJANGO),'$(DJANGO)')
	@$(BIN)/python -c 'import django; print("    Django", django.__version__)'
	@touch $@
endef

$(VENV)/.test: $(VENV)/.created pyproject.toml
	$(call install,test)

$(VENV)/.ecosystem: $(VENV)/.created pyproject.toml
	$(call install,ecosystem)

$(VENV)/.browser: $(VENV)/.created pyproject.toml
	$(call install,browser)

$(VENV)/.mysql: $(VENV)/.created pyproject.toml
	$(call install,mysql)

$(VENV)/.dev: $(VENV)/.created pyproject.toml
	$(call install,dev)

$(VENV)/.docs: $(VENV)/.created pyproject.toml
	$(call install,docs)

$(VENV)/.demo: $(VENV)/.created pyproject.toml
	$(call install,demo)

$(VENV)/.bench: $(VENV)/.created pyproject.toml
	$(call install,bench)
