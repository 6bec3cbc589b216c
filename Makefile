# Every target prints what it is for with `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
STACK ?= local
VENV := .venv
PYTHON ?= python3
RUN := $(VENV)/bin/python -m local

# The lock is installed with its hashes checked; uv itself is one of its lines.
$(VENV)/.locked: requirements.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v >= (3, 11) else "Python 3.11 or later is needed, $(PYTHON) is %d.%d: set PYTHON" % v)'
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV) || { echo "python3 cannot make virtual environments; run: apt-get install python3-venv" >&2; exit 1; }
	@$(VENV)/bin/python -m pip install --quiet --require-hashes --requirement requirements.lock
	@touch $@

.PHONY: help
help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: up
up: $(VENV)/.locked ## Bring the platform up and run the flights job (KUBECONFIG and STACK choose another cluster)
	@$(RUN) up --stack $(STACK)

.PHONY: test
test: $(VENV)/.locked ## Everything that CI runs: checks, unit tests, charts, images, and the real node
	@$(RUN) test

.PHONY: unit
unit: $(VENV)/.locked ## Checks and the unit tier alone: no cluster, seconds
	@$(RUN) test --tier unit

.PHONY: soak
soak: $(VENV)/.locked ## Long runs on the platform that is up, beyond `make test`
	@$(RUN) test --tier soak

.PHONY: rehearse
rehearse: $(VENV)/.locked ## The AWS stacks under the real Pulumi engine, with stand-ins for AWS
	@$(RUN) test --tier rehearsal

.PHONY: down
down: $(VENV)/.locked ## Remove the embedded cluster and all it left on this machine
	@$(RUN) down

.PHONY: status
status: $(VENV)/.locked ## What runs, and where to look
	@$(RUN) status

.PHONY: metrics-cost
metrics-cost: $(VENV)/.locked ## What watching costs: samples a second and series, by source, tenant and executor
	@$(RUN) metrics-cost --stack $(STACK)

.PHONY: doctor
doctor: $(VENV)/.locked ## Every tool: version, where it came from, and what is wrong
	@$(RUN) doctor

.PHONY: tools
tools: $(VENV)/.locked ## Build the tools that this machine lacks
	@$(RUN) tools

.PHONY: preview
preview: $(VENV)/.locked ## Show what `make up` would change; of a stack on AWS, its plan with stand-ins for the providers
	@$(RUN) preview --stack $(STACK)

.PHONY: bench
bench: $(VENV)/.locked ## Measure start times and Pulumi times, as ratios within one run
	@$(RUN) bench

.PHONY: cost
cost: $(VENV)/.locked ## What a stack costs a month, beside the same work on EMR (STACK=prod)
	@$(VENV)/bin/python -m costs --stack $(STACK)

.PHONY: generated
generated: $(VENV)/.locked ## Write the generated files again: schema, configuration page, chart README, dashboards, alerts
	@$(VENV)/bin/python -m components.settings.schema
	@$(VENV)/bin/python charts/values_table.py charts/spark-history-server
	@$(VENV)/bin/python -m components.observability.dashboards.generate
	@$(VENV)/bin/python -m components.observability.runbook_index

.PHONY: lock
lock: ## Resolve the Python dependencies again
	@$(VENV)/bin/uv lock --quiet --upgrade
	@$(VENV)/bin/uv export --quiet --format requirements-txt --all-groups --no-emit-project --no-header --output-file requirements.lock
