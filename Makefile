# make setup | demo | test | check | fmt | lock | bench | app | kit DIR=/media/usb/wifiplan
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check -q
STAMP := $(VENV)/.setup
DEV_STAMP := $(VENV)/.setup-dev

.PHONY: setup setup-dev os-test demo app test check fmt lock bench kit clean

setup: $(STAMP)

# The lock has every hash; a package whose hash differs is refused. The project itself is installed editable, without its dependencies.
$(STAMP): requirements.lock pyproject.toml scripts/venv.sh
	@sh scripts/venv.sh $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

setup-dev: $(DEV_STAMP)

$(DEV_STAMP): $(STAMP) requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# What tests need from the operating system; as root on Debian/Ubuntu it is installed, else the tests that need it skip by name.
os-test:
	@sh scripts/os-packages.sh

demo: setup
	$(VENV)/bin/wifiplan demo

app: setup
	$(VENV)/bin/wifiplan app

# Two at a time: the suite is longer than one processor does in CI's time.
test: setup-dev os-test
	$(PY) -m pytest -n 2

check: setup-dev os-test
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest -n 2

fmt: setup-dev
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: setup-dev
	@for script in tests/benchmarks/*.py; do echo "== $$script"; $(PY) "$$script" || exit 1; done

lock: setup-dev
	@sh scripts/lock.sh

# A USB stick for a machine without internet: wheels, units, runbook, install.sh.
kit: setup
	@sh scripts/kit.sh "$(DIR)"

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
