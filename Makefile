# Every target sets up what it needs: a virtual environment in $(VENV) and in it flambeau (as it stands here) with the target's extras.
# Nothing but Python and make must be there. A second run installs nothing, unless pyproject.toml, the interpreter or the folder has changed.
#
#   make test ARGS="-k relu"          more arguments for the program that the target runs
#   make test PYTHON=python3.13       another interpreter (the environment is made anew)

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=

# An environment belongs to one interpreter and one folder: moved, copied or upgraded ones are made anew.
HOME_MARK := $(VENV)/made-$(shell { pwd; $(PYTHON) -c 'import sys; print(sys.base_prefix, sys.version)'; } 2>&1 | cksum | cut -d ' ' -f 1)
BIN       := $(VENV)/bin
DATA      := dataset-fashion-mnist
APT_GET   := apt-get --quiet --quiet --yes -o Acquire::Retries=1 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 -o DPkg::Lock::Timeout=60

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help quickstart test lint parity bench system-data clean

help: ## Say what can be made.
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | while IFS='	' read -r target text; do printf '  make %-12s %s\n' "$$target" "$$text"; done

quickstart: system-data $(VENV)/with-all ## Train a network on Fashion-MNIST, save it, load it, show what it sees.
	@$(BIN)/flambeau quickstart $(ARGS)

test: $(VENV)/with-test ## Run the tests (all but the comparison with PyTorch).
	@$(BIN)/python -m pytest --ignore=tests/parity $(ARGS)

lint: $(VENV)/with-dev ## Check the style.
	@$(BIN)/python -m ruff check $(ARGS)

parity: $(VENV)/with-parity ## Install PyTorch and compare with it.
	@$(BIN)/python -m pytest tests/parity $(ARGS)

bench: $(VENV)/with-parity ## Run every benchmark beside its peers.
	@for script in $(filter-out benchmarks/common.py,$(wildcard benchmarks/*.py)); do echo "== $$script"; $(BIN)/python "$$script" $(ARGS) || exit 1; done

clean: ## Remove the environment and all that was built; data stay.
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find flambeau tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

# $(call apt-install,PACKAGE): install a Debian package where this is Debian and we are root; what cannot be had is said and done without.
define apt-install
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	echo "Installing Debian's $(1) ..."; export DEBIAN_FRONTEND=noninteractive; \
	{ $(APT_GET) install $(1) || { $(APT_GET) update && $(APT_GET) install $(1); }; } </dev/null >/dev/null 2>&1 \
	|| echo "Debian's $(1) could not be installed; going on without it."; \
fi
endef

$(HOME_MARK):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"flambeau needs Python 3.11 or newer, $(PYTHON) is %d.%d; name another: make PYTHON=python3.13" % sys.version_info[:2])'
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { $(call apt-install,python3-venv); }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/with-%: pyproject.toml $(HOME_MARK)
	@echo "Installing flambeau[$*] into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --editable ".[$*]"
	@touch $@

system-data: ## Install the whole of Fashion-MNIST as Debian's package, where that can be.
	@dpkg --status $(DATA) >/dev/null 2>&1 || { $(call apt-install,$(DATA)); }
