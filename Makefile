# Everything that the project does, each target setting up what it needs in .venv/ first.
# Needs Python 3.11 or later and a shell. PYTHON=... picks another interpreter, ARGS=... is handed to the bot or to pytest.

VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
PIP_OF = $(1)/bin/python -m pip --disable-pip-version-check --no-input -qq
PIP := $(call PIP_OF,$(VENV))
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11 python
ARGS ?=

.PHONY: help install dev run chat check test lint format eval bench bench-growth chaos soak fuzz audit compare images lock clean
.DEFAULT_GOAL := help

# An environment whose interpreter has gone, after an upgrade of the system for one, is made again.
$(shell for made in $(VENV) $(PEERS); do test -x $$made/bin/python || rm -f $$made/pyvenv.cfg; done)

help:  ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r name what; do printf '%-14s %s\n' "$$name" "$$what"; done

install: $(VENV)/.installed  ## .venv/ with the bot and what it needs to run
	@:

dev: $(VENV)/.developing  ## the same, with the tools of development
	@:

run: $(VENV)/.installed  ## the bot: on Telegram when BOT_TOKEN is set, otherwise here
	@exec $(BIN)/sco-bot run $(ARGS)

chat: $(VENV)/.installed  ## the bot in this terminal
	@exec $(BIN)/sco-bot chat $(ARGS)

check: $(VENV)/.installed  ## validate knowledge/ and intents/
	@exec $(BIN)/sco-bot check $(ARGS)

test: lint  ## lint, types, the import rule, and the tests
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.developing  ## lint, format, types, the import rule
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check --output-format concise . || { echo 'make format does it'; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports > $(VENV)/imports.log 2>&1 || { cat $(VENV)/imports.log; exit 1; }

format: $(VENV)/.developing  ## put the code in its format
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

eval: $(VENV)/.developing  ## how many of the suite's questions are answered rightly; ARGS=--misses shows the others
	@$(BIN)/python -m tests.eval $(ARGS)

audit: $(VENV)/.developing  ## known vulnerabilities of the locked packages (asks the network)
	@$(BIN)/python -m tests.vulnerabilities requirements.lock

bench: $(VENV)/.developing  ## how long an answer takes, a process, an update on Telegram; ARGS=--write puts it into docs/
	@$(BIN)/python -m tests.bench.answer $(ARGS)

bench-growth: $(VENV)/.developing  ## what a pack's size costs, to 1,000,000 facts (half an hour, 5 GB); ARGS='--largest 10000'
	@$(BIN)/python -m tests.bench.growth $(ARGS)

chaos: $(VENV)/.developing  ## break everything about running bots, and write what came of it into docs/reliability.md
	@$(BIN)/python -m tests.chaos $(ARGS)

soak: $(VENV)/.developing  ## 200,000 messages, half an hour: memory and work must not grow; ARGS='--messages 20000'
	@$(BIN)/python -m tests.chaos.soak $(ARGS)

fuzz: $(VENV)/.developing  ## 1,000,000 hostile inputs (half an hour), and what came of them into docs/reliability.md; ARGS='--inputs 20000'
	@$(BIN)/python -m tests.fuzz $(ARGS)

compare: $(PEERS)/.installed  ## the same questions to the bot and to its peers; sets up .venv-peers/ (6 GB) and takes long
	@$(PEERS)/bin/python -m tests.bench.compare $(ARGS)

images: $(VENV)/.installed  ## the charts of the README, as of the day of the last review
	@$(BIN)/sco-bot ask --today 2026-11-23 --picture docs/images/timeline.png "timeline of memberships" > /dev/null
	@$(BIN)/sco-bot ask --today 2026-11-23 --picture docs/images/growth.png "chart of SCO growth" > /dev/null
	@$(BIN)/sco-bot ask --today 2026-11-23 --picture docs/images/shares.png "show the SCO budget shares as a chart" > /dev/null

# The second file is made first and binds the first, so that the tests run what people run.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-config --no-header \
	--no-emit-index-url --extra postgres --group build

lock: $(VENV)/.installed  ## choose versions anew, within pyproject.toml; ARGS=--upgrade takes the newest
	@$(PIP) install uv==0.13.9
	@$(COMPILE) --group dev $(ARGS) pyproject.toml -o requirements-dev.lock > /dev/null
	@$(COMPILE) -c requirements-dev.lock --no-annotate pyproject.toml -o requirements.lock > /dev/null
	@$(COMPILE) --no-annotate --extra peers $(ARGS) pyproject.toml -o requirements-peers.lock > /dev/null

clean:  ## take away all that was made
	@rm -rf $(VENV) $(PEERS) dist .fuzz .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find bot tests -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg $(PEERS)/pyvenv.cfg:
	@for python in $(PYTHON); do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then \
			echo "Setting up $(@D)/ ..."; \
			exec $$python -m venv --clear $(@D); \
		fi; \
	done; \
	echo 'Python 3.11 or later is needed, and none was found; name one with make PYTHON=/the/path/of/python3' >&2; exit 1

$(VENV)/.installed: $(VENV)/pyvenv.cfg requirements.lock pyproject.toml
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.developing: $(VENV)/.installed requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(PEERS)/.installed: $(PEERS)/pyvenv.cfg requirements-peers.lock pyproject.toml
	@$(call PIP_OF,$(PEERS)) install --require-hashes -r requirements-peers.lock
	@$(call PIP_OF,$(PEERS)) install --no-deps --no-build-isolation -e .
	@touch $@
