# Each target does its own set-up. Set PYTHON to choose the interpreter (3.11 or newer), PORT to choose the port.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
export PORT
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help install install-dev install-bench run test proof bench screenshots check lock
.DEFAULT_GOAL := help

help:
	@echo "make run    start the service with a demo account   (PORT=$(PORT))"
	@echo "make test   run the tests                            (DATABASE_URL=postgres://… to run them there)"
	@echo "make proof  everything that is promised, into tests/proof/report.md (CHECKS=\"T4 T12\": some of it)"
	@echo "make bench  creates, lists, dispatcher, workers, beside peers (half an hour; needs wrk and redis-server)"
	@echo "make screenshots  the pictures of the README (needs Chromium)"
	@echo "make check  linters, types, architecture, deployment settings"
	@echo "make lock   choose the newest dependencies that pyproject.toml allows"

install: .venv/of-requirements .env
install-dev: .venv/of-requirements-dev .env
install-bench: install-dev .venv/of-tests/benchmarks/requirements

# A file is touched when the packages of its lock file are installed.
.venv/of-%: %.lock | .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@mkdir -p $(@D) && touch $@

.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=…")'
	$(PYTHON) -m venv .venv

.env:
	@umask 077 && $(PYTHON) config/deploy/new_env.py > $@.new && mv $@.new $@

run: install
	@python manage.py migrate --verbosity 0
	@python manage.py collectstatic --no-input --verbosity 0
	@python manage.py load_demo --url http://127.0.0.1:$(PORT)
	@exec honcho --env /dev/null start

test: install-dev
	python -m pytest -n auto --dist worksteal

proof: install-dev
	python -m tests.proof $(CHECKS)

bench: install-bench
	@missed=0; for each in "create" "create --sqlite" batch lists "lists --postgresql" pages "pages --postgresql" \
		dispatch schedulers runs scale; do \
		echo "python -m tests.benchmarks.$$each"; python -m tests.benchmarks.$$each || missed=1; \
	done; exit $$missed

screenshots: install-dev
	python -m tests.screenshots

check: install-dev
	ruff check
	ruff format --check
	mypy
	lint-imports
	python manage.py makemigrations --check --dry-run
	@env --ignore-environment PATH="$(PATH)" SECRET_KEY="$$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
		HTTPS=true python -W error manage.py check --deploy --fail-level WARNING

lock: install-dev
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
		pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
		pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
		pyproject.toml --group bench --constraint requirements-dev.lock --output-file tests/benchmarks/requirements.lock
