# What one can do here. `make` alone lists it.
# Needs git, make and Python 3.11 to 3.14 with venv; everything else is installed into .venv and node_modules.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run seed shell test test-firefox lint format messages pins lighthouse screenshots bench-events bench-relay bench-join bench-pages bench-rings bench-roster bench-search bench-ledger bench-seats bench-fund campaign-seats campaign-site clean python-there venv venv-dev

VENV := .venv/bin
PYTHON3 := $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell command -v $(name))))
# Tests run in parallel on so many workers.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ "$$n" -lt 2 ] && n=2; echo $$n)
PINS := pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name what; do printf '%-20s %s\n' "$$name" "$$what"; done

run: venv ## start Causerie on this machine: http://127.0.0.1:8000 (PORT=8001 and HOST=0.0.0.0 change that)
	@exec $(VENV)/python -m config.embedded run

seed: venv ## put the demo people and rooms into the database
	@exec $(VENV)/python -m config.embedded seed

shell: venv ## Django's shell on the embedded database
	@exec $(VENV)/python manage.py shell

test: venv-dev ## all tests, on PostgreSQL, Redis and Chromium (E2E=0 leaves the browser out)
	@exec $(VENV)/python -m tests.tools.run --workers $(WORKERS)

test-firefox: venv-dev ## Firefox and Chromium hear each other (Linux, as root)
	@exec $(VENV)/python -m tests.tools.firefox

lint: venv-dev ## every check that does not run the program
	@exec $(VENV)/python -m tests.tools.lint

format: venv-dev ## put Python and templates into the house's form
	@$(VENV)/ruff check -q --fix --exit-zero . && $(VENV)/ruff format -q .
	@$(VENV)/djlint --quiet --reformat templates || true

messages: venv-dev ## collect the texts for translation into config/locale
	@$(VENV)/python -m tests.tools.messages

pins: venv-dev ## compile requirements/*.in to *.txt
	@$(VENV)/uv $(PINS) requirements/dev.in -o requirements/dev.txt
	@for name in base embedded uv; do $(VENV)/uv $(PINS) -c requirements/dev.txt requirements/$$name.in -o requirements/$$name.txt || exit 1; done

lighthouse: venv-dev ## Lighthouse's scores of hallway, room and profile (a quiet machine gives honest ones)
	@exec $(VENV)/python -m tests.tools.lighthouse

screenshots: venv-dev ## picture the demo into docs/screenshots (ARGS="hallway room" takes only those)
	@exec $(VENV)/python -m tests.tools.screenshots $(ARGS)

bench-events: venv-dev ## measure how fast a room's events reach its sockets
	@exec $(VENV)/python tests/benchmarks/bench_events.py

bench-relay: venv-dev ## measure what a delivered packet and a listener cost (ARGS="--sizes 50" makes it short)
	@exec $(VENV)/python -m tests.benchmarks.bench_relay $(ARGS)

bench-join: venv-dev ## measure from the click on "Listen" to the first sound in Chromium
	@exec $(VENV)/python -m tests.benchmarks.bench_join $(ARGS)

bench-pages: venv-dev ## measure how soon a slow telephone can use hallway, room and profile
	@exec $(VENV)/python -m tests.benchmarks.bench_pages $(ARGS)

bench-rings: venv-dev ## measure what the rings of thirteen speakers cost Chromium
	@exec $(VENV)/python -m tests.benchmarks.bench_rings $(ARGS)

bench-roster: venv-dev ## measure how soon all know who is here after 10,000 joins and leaves in 10 s
	@exec $(VENV)/python -m tests.benchmarks.bench_roster $(ARGS)

bench-search: venv-dev ## measure how long a search takes among 200,000 rooms
	@exec $(VENV)/python -m tests.benchmarks.bench_search $(ARGS)

bench-ledger: venv-dev ## measure what posting, sealing and checking the ledger costs
	@exec $(VENV)/python -m tests.benchmarks.bench_ledger $(ARGS)

bench-seats: venv-dev ## measure how fast one hot room sells its seats
	@exec $(VENV)/python -m tests.benchmarks.bench_seats $(ARGS)

bench-fund: venv-dev ## measure allocating a period of the fund, and paying 10,000 creators while workers die
	@exec $(VENV)/python -m tests.benchmarks.bench_fund $(ARGS)

campaign-seats: venv-dev ## sell seats while processes are killed, and look whether anything was lost (ARGS="--runs 20")
	@exec $(VENV)/python -m tests.campaigns.seats_campaign $(ARGS)

campaign-site: venv-dev ## the same over HTTP while Daphne and Celery are killed (ARGS="--runs 5 --seconds 120")
	@exec $(VENV)/python -m tests.campaigns.seats_campaign --site --calm 2 $(ARGS)

clean: ## remove what can be made again (.venv, node_modules, caches); var/ with the database stays
	@rm -rf .venv node_modules staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

python-there:
	@if [ -z "$(PYTHON3)" ]; then \
		echo "There is no python3 here. Debian, Ubuntu: sudo apt-get install python3 python3-venv. macOS: brew install python@3.13." >&2; exit 1; fi

venv: python-there
	@$(PYTHON3) config/embedded/bootstrap.py embedded

venv-dev: python-there
	@$(PYTHON3) config/embedded/bootstrap.py dev
