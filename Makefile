# Everything that is done with this folder. It needs git, make and Python 3.11 or newer; each target
# sets up what it needs first, once. `make` alone prints the list.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

VENV := .venv
PY := $(VENV)/bin/python
BIN := $(VENV)/bin
DATA_DIR ?= data
# A folder of its own: what the demo leaves in its queue never meets your own prompts and channels.
DEMO := $(DATA_DIR)/demo
ARGS ?=
# Where `make site` shows the site.
PORT ?= 8000

# No library tells anybody that it runs here (Prefect's would).
export DO_NOT_TRACK := 1

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: $(VENV)/.run ## make .venv with all that Promptpress runs on
	@echo "Ready. For a shell of your own: . $(BIN)/activate"

# The demo names every setting that decides where something goes, so that neither your environment
# nor your .env can send it to a real channel, queue or Prefect server.
.PHONY: demo
demo: export DATA_DIR := $(DEMO)
demo: export QUEUE_URL := sqlite:///$(DEMO)/promptpress.db
demo: export AUDIT_URL := sqlite:///$(DEMO)/audit.db
demo: export GENERATORS := sketch
demo: export STORES := local
demo: export CHANNELS := site
demo: export PREFECT_PROFILE := ephemeral
demo: export PREFECT_HOME := $(DEMO)/prefect
demo: $(VENV)/.run ## publish an article and six real prompts, without any account; again: the next seven
	@mkdir -p "$(DEMO)"
	@[ -e "$(DEMO)/promptpress.db" ] || $(PY) -m promptpress add --article docs/demo-article.md
	@$(PY) -m promptpress import docs/prompts.tsv
	@unset PREFECT_API_URL; $(PY) -m flows.daily_post --limit 7
	@echo "Look at it: file://$$(cd "$(DEMO)" && pwd)/site/index.html  (or: make site)"

.PHONY: run
run: $(VENV)/.run ## one run of daily-post with your settings; ARGS="--limit 3 --channels telegram"
	@$(PY) -m flows.daily_post $(ARGS)

.PHONY: serve
serve: $(VENV)/.run ## Prefect's server, its page and all schedules, on this machine
	@exec $(PY) -m deployments.serve

.PHONY: provision
provision: $(VENV)/.run ## make on Prefect's server what the deployments need; ARGS="--secrets"
	@$(PY) -m deployments.provision --deploy $(ARGS)

.PHONY: site
site: $(VENV)/.run ## show the site (your own, else the demo's) on this machine; PORT=8000
	@site="$(DATA_DIR)/site"; [ -d "$$site" ] || site="$(DEMO)/site"; \
	exec $(PY) -m deployments.preview "$$site" "$(PORT)"

# Kills take minutes and most tests milliseconds, so idle workers take over waiting tests. Twice as
# many as there are cores, because most of them wait for a server most of the time; at most 8, because
# each worker that meets a flow starts a Prefect server of its own.
WORKERS = $$(( 2 * $$(getconf _NPROCESSORS_ONLN) > 8 ? 8 : 2 * $$(getconf _NPROCESSORS_ONLN) ))
.PHONY: test
test: $(VENV)/.dev ## all tests but the long proof; ARGS="tests/unit -k name"
	@$(BIN)/pytest -m "not prove and not fleet" -n $(WORKERS) --dist worksteal $(ARGS)
	@$(if $(ARGS),:,$(MAKE) --no-print-directory fleet)

# Alone, when all others are done: it is three machines at work, and it measures their seconds.
.PHONY: fleet
fleet: $(VENV)/.dev ## three workers killed again and again over 300 posts; minutes
	@$(BIN)/pytest -m fleet tests/fleet $(ARGS)

.PHONY: check
check: $(VENV)/.dev ## style, types and the rules of the rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: prove
prove: $(VENV)/.dev ## the long proof: killed at a hundred points, nothing lost, nothing twice
	@$(BIN)/pytest -m prove $(ARGS)

.PHONY: bench
bench: $(VENV)/.dev ## measure speed and memory beside plainer ways of doing the same
	@$(PY) -m tests.bench $(ARGS)

# Node and Java, and some 220 MB from npm; the versions are those the site was judged by.
JUDGES := $(VENV)/judges
.PHONY: judge
judge: $(VENV)/.dev $(JUDGES)/.ready ## let Lighthouse and the W3C checker judge a site of 20 cards
	@$(PY) -m tests.judges "$(JUDGES)/node_modules"

$(JUDGES)/.ready: Makefile
	@for tool in npm java; do command -v $$tool >/dev/null || \
		{ echo "make judge needs $$tool: install Node.js 20 or newer and a Java runtime"; exit 1; }; done
	@echo "Installing the judges (once, 220 MB) ..."
	@mkdir -p $(JUDGES)
	@npm install --silent --no-audit --no-fund --prefix $(JUDGES) lighthouse@12.8.2 vnu-jar@26.9.27
	@touch $@

# The ranges are compiled without the old lock, for every platform and Python from 3.11 on.
.PHONY: lock
lock: $(VENV)/.dev ## newest versions within the ranges of requirements*.txt into constraints.txt
	@mkdir -p $(VENV)/lock
	@for file in requirements.txt requirements-dev.txt; do \
		sed '/^-c /d' $$file > $(VENV)/lock/$$file || exit 1; done
	@sed -n '/^#/p;/^[^#]/q' constraints.txt > $(VENV)/lock/new.txt
	@cd $(VENV)/lock && ../bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
		--no-header --no-annotate requirements.txt requirements-dev.txt >> new.txt
	@mv $(VENV)/lock/new.txt constraints.txt

.PHONY: clean
clean: ## remove .venv and caches; what you made (data/) stays
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find flows tasks promptpress deployments tests -name __pycache__ -type d -prune -exec rm -rf {} +

# pip compiles what it installs unless PYTHONDONTWRITEBYTECODE says otherwise, and compiled, Prefect
# starts twice as fast.
INSTALL = unset PYTHONDONTWRITEBYTECODE; $(PY) -m pip --disable-pip-version-check -q install

$(VENV)/.run: $(PY) requirements.txt constraints.txt
	@echo "Installing what Promptpress runs on (once, about a minute) ..."
	@$(INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@echo "Installing what its tests need (once) ..."
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

# `make PYTHON=/path/to/python3.12 setup` chooses a Python; else the first that is new enough.
PYTHON ?= python3 python3.13 python3.12 python3.11
$(PY):
	@for python in $(PYTHON); do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		found=$$python; \
		$$python -c 'import ensurepip, venv' 2>/dev/null || continue; \
		$$python -m venv --clear $(VENV) && exit 0; \
		rm -rf $(VENV); exit 1; \
	done; \
	if [ -n "$$found" ]; then \
		echo "$$found lacks the module venv: on Debian and Ubuntu, apt-get install python3-venv" >&2; \
	else \
		echo "Python 3.11 or newer is needed, and none of these is: $(PYTHON)" >&2; \
		echo "(python3 is $$(python3 --version 2>&1)). Install one," >&2; \
		echo "or name it: make PYTHON=/path/to/python3.12 setup" >&2; \
	fi; \
	exit 1
