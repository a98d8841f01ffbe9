# Two commands: make demo, make test. Each does its own set-up in $(VENV) and touches nothing else in your home.
#   make demo [ARGS=--once]   a simulated flat, its alarms and a broker, in this terminal
#   make test [ARGS=...]      every test, against a real broker and a real MicroPython where there is one, in PROCESSES=2
#   make check                lint and types; compiles the firmware
#   make clean                removes what the others made
PYTHON ?= python3
VENV ?= .venv
ARGS ?=
PROCESSES ?= 2
BUILD = build
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check --no-input
SAY = @printf 'anju: %s\n'
# Images for containers often set it. Each of some hundred gateways that the tests start would compile itself anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check clean help
.DELETE_ON_ERROR:

help:
	@sed -n '1,/^$$/{/^#/s/^# \{0,1\}//p;}' Makefile | sed '/^$$/d'; true

demo: $(VENV)/.demo
	@$(VENV)/bin/anju demo $(ARGS)

test: $(VENV)/.test
	@packaging/debian.sh $(PYTHON) mosquitto openssl libfaketime dbus-daemon
	@mkdir -p $(BUILD)
	$(SAY) "running the tests; the page of the rig will be $(BUILD)/hil.html"
	@PATH="$$PATH:/usr/sbin" $(VENV)/bin/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder --junitxml=$(BUILD)/junit.xml --hil-report=$(BUILD)/hil.html $(ARGS)

check: $(VENV)/.dev $(BUILD)/stubs-rp2 $(BUILD)/stubs-esp32
	$(SAY) "lint (ruff)"
	@$(VENV)/bin/ruff check .
	$(SAY) "types (mypy --strict)"
	@$(VENV)/bin/mypy
	$(SAY) "the firmware: types by the boards' stubs, sizes by mpy-cross, heap by MicroPython"
	@$(VENV)/bin/python firmware/check.py

clean:
	rm -rf $(VENV) .venv-* $(BUILD) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@packaging/debian.sh $(PYTHON) python3-venv
	$(SAY) "1/2 making a virtual environment in $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

# The stubs shadow the standard library's, so they live apart from the packages.
$(BUILD)/stubs-%: | $(VENV)/bin/python
	$(SAY) "installing the stubs of MicroPython's $* port into $@ (once)"
	@$(PIP) install --quiet --target $@ micropython-$*-stubs

# One stamp for each set of packages: the second run finds it and is quick. A changed pyproject.toml renews it.
$(VENV)/.demo $(VENV)/.test $(VENV)/.dev: $(VENV)/.%: pyproject.toml | $(VENV)/bin/python
	$(SAY) "2/2 installing anju and the packages for \"$*\" into $(VENV) (once; a minute or two on a Raspberry Pi)"
	@$(PIP) install --progress-bar on -e '.[$*]'
	@touch $@
