# The commands of the project; `make help` lists them. Needs Python 3.11 or newer with venv, make and a package registry.

PYTHON ?= python3
PHOTO ?= docs/sample.jpg
PORT ?= 3000
RUN := .venv
DEV := .venv-dev

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo serve test lint dev wheel clean help
.DEFAULT_GOAL := help

demo: $(RUN)/ready ## read a photo: make demo [PHOTO=path]; the drawn result goes to out/
	@# 3 is not a failure: the photo was read, and a person should look at it
	@$(RUN)/bin/meterocr read "$(PHOTO)" --draw out || [ $$? -eq 3 ]

serve: $(RUN)/ready-serve ## the server on this machine: make serve [PORT=3000]; keys: .venv/bin/meterocr key create
	@METEROCR_SERVE_PORT="$(PORT)" $(RUN)/bin/python -m serving

test: lint ## everything CI runs
	$(DEV)/bin/pytest

lint: $(DEV)/ready ## the checks of `make test` that do not run the code
	$(DEV)/bin/ruff check
	$(DEV)/bin/ruff format --check
	$(DEV)/bin/mypy
	$(DEV)/bin/lint-imports

dev: $(DEV)/ready ## only set up the environment for developing and training (about 6 GB)

wheel: $(RUN)/ready ## build the wheel into dist/
	$(RUN)/bin/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## remove the environments and what the commands wrote
	rm -rf $(RUN) $(DEV) build dist out .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

help: ## this list
	@sed -n 's/^\([a-z]*\):.* ## /\1\t/p' Makefile | expand -t 8

# The stamp is written last, so a set-up that was stopped half-way is gone through again.
$(RUN)/ready: pyproject.toml
	$(call environment,$(RUN))
	@echo "Installing meterocr into $(RUN); the first time this takes about a minute."
	@$(RUN)/bin/python -m pip install --quiet --editable '.[billing]'
	@touch $@

$(RUN)/ready-serve: $(RUN)/ready
	@echo "Installing the server into $(RUN); the first time this takes about a minute."
	@$(RUN)/bin/python -m pip install --quiet --editable '.[barcode,postgresql,serve]'
	@touch $@

$(DEV)/ready: pyproject.toml
	$(call environment,$(DEV))
	@echo "Installing the tools and the training stack into $(DEV); the first time this takes some minutes and 6 GB."
	@$(DEV)/bin/python -m pip install --quiet --editable '.[barcode,billing,dev,serve,train]'
	@touch $@

# $(call environment,FOLDER): see to it that a virtual environment is there, or say what is missing.
define environment
@if ! $(1)/bin/python -m pip --version >/dev/null 2>&1; then \
	fail() { echo "$$1" >&2; exit 1; }; \
	command -v $(PYTHON) >/dev/null || \
		fail "Python is missing: there is no '$(PYTHON)'. Install 3.11 or newer, or name yours: make PYTHON=python3.12 ..."; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		fail "Python is too old: expected 3.11 or newer, got $$($(PYTHON) -V). Name another: make PYTHON=python3.12 ..."; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		fail "'$(PYTHON)' has no venv. Install it, on Debian and Ubuntu: apt-get install python3-venv"; \
	$(PYTHON) -m venv --clear $(1); \
fi
endef
