# Every target prints what it is for with `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
STACK ?= local
VENV := .venv
PYTHON ?= python3
RUN := $(VENV)/bin/python -m spark_on_eks

# What people type; targets run the package of this very checkout instead, in whose environment it may be a guest.
COMMAND := $(VENV)/bin/spark-on-eks
READY := $(VENV)/.locked $(COMMAND)

# Everything is installed with its hash checked. uv is one of the lock's lines: pip gets it alone, and it gets the
# rest in a fifth of the time, visibly. uv does not read pip's settings: it is told pip's index, and where it fails, as by
# a certificate that only pip knows, pip goes on.
$(VENV)/.locked: requirements.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v >= (3, 11) else "Python 3.11 or later is needed, $(PYTHON) is %d.%d: set PYTHON" % v)'
	@echo "Python packages: installing those of requirements.lock into $(VENV) (1.1 GB)"
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV) || { echo "python3 cannot make virtual environments; run: apt-get install python3-venv" >&2; exit 1; }
	@$(VENV)/bin/python -m pip install --quiet --require-hashes --requirement <(awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock)
	@index=$${PIP_INDEX_URL:-$$($(VENV)/bin/python -m pip config get global.index-url 2>/dev/null)}; \
	  test -z "$$index" || export UV_DEFAULT_INDEX="$$index"; \
	  $(VENV)/bin/uv pip install --python $(VENV)/bin/python --require-hashes --requirement requirements.lock \
	  || { echo "uv could not install them; pip tries" >&2; $(VENV)/bin/python -m pip install --require-hashes --requirement requirements.lock; }
	@touch $@

# An environment that is a link belongs to another checkout, and so does its command.
$(COMMAND): | $(VENV)/.locked
	@test -L $(VENV) || $(VENV)/bin/uv pip install --python $(VENV)/bin/python --quiet --offline --no-deps --no-build-isolation --editable .

.PHONY: help
help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: up
up: $(READY) ## Bring the platform up and run the flights job (KUBECONFIG and STACK choose another cluster)
	@$(RUN) up --stack $(STACK)

.PHONY: test
test: $(READY) ## Everything that CI runs: checks, unit tests, charts, images, and the real node
	@$(RUN) test

.PHONY: unit
unit: $(READY) ## Checks and the unit tier alone: no cluster, minutes
	@$(RUN) test --tier unit

.PHONY: soak
soak: $(READY) ## Long runs on the platform that is up, and mutants of components/, beyond `make test`
	@$(RUN) test --tier soak

.PHONY: rehearse
rehearse: $(READY) ## The AWS stacks under the real Pulumi engine, with stand-ins for AWS
	@$(RUN) test --tier rehearsal

.PHONY: down
down: $(READY) ## Remove the embedded cluster and all it left on this machine
	@$(RUN) down

.PHONY: status
status: $(READY) ## What runs, and where to look
	@$(RUN) status

.PHONY: password
password: $(READY) ## The password of the first user of the pages
	@$(RUN) password --stack $(STACK)

.PHONY: metrics-cost
metrics-cost: $(READY) ## What watching costs: samples a second and series, by source, tenant and executor
	@$(RUN) metrics-cost --stack $(STACK)

.PHONY: memory
memory: $(READY) ## What each of the platform's own pods holds of memory, held at most in an hour, and may hold
	@$(RUN) memory --stack $(STACK)

.PHONY: doctor
doctor: $(READY) ## Every tool: version, where it came from, and what is wrong
	@$(RUN) doctor

.PHONY: install
install: $(READY) ## The Python packages and the command spark-on-eks alone, in .venv

.PHONY: tools
tools: $(READY) ## Build the tools that this machine lacks
	@$(RUN) tools

.PHONY: images
images: $(READY) ## Build the images that are missing
	@$(RUN) images build

.PHONY: preview
preview: $(READY) ## Show what `make up` would change; of a stack on AWS, its plan with stand-ins for the providers
	@$(RUN) preview --stack $(STACK)

.PHONY: bench
bench: $(READY) ## Measure start times and Pulumi times, as ratios within one run
	@$(RUN) bench

.PHONY: cost
cost: $(READY) ## What a stack costs a month, beside the same work on EMR (STACK=prod)
	@$(RUN) cost --stack $(STACK) $(if $(PRICES_OF),--prices-of $(PRICES_OF))

.PHONY: generated
generated: $(READY) ## Write the generated files again: schema, configuration page, chart README, dashboards, alerts
	@$(RUN) generated

.PHONY: drawing
drawing: $(READY) ## Draw which package of components/ imports which, for docs/architecture.md; needs Graphviz
	@$(RUN) drawing

.PHONY: lock
lock: ## Resolve the Python dependencies again
	@$(VENV)/bin/uv lock --quiet --upgrade
	@$(VENV)/bin/uv export --quiet --format requirements-txt --all-groups --no-emit-project --no-header --output-file requirements.lock
