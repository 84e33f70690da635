# Needs Python 3.11 or newer and make; everything else is downloaded into .tools/ and .venv/.
PYTHON ?= python3
PULUMI_FLAGS ?=
UV_LOCK := .github/uv.txt
UV := .tools/uv/bin/uv
READY := .venv/.ready
BIN := .venv/bin
NODE_OK := node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null
COG_PAGES = README.md probe/targets.toml $(wildcard docs/*.md runbooks/*.md)
LIVE := tests/rehearsal/live/test_live_run.py
PLAYED := tests/backtest tests/rehearsal
COMMANDS := tests/account tests/cli tests/house tests/program tests/service_kit tests/workflows
KIT_FILES = $(shell find service-kit -type f -not -name .linted -not -path '*/node_modules/*' -not -path '*/build/*')
KIT_SOURCES = service-kit/tsconfig.json service-kit/src/redaction.json service-kit/test/shared.json $(shell find service-kit -name '*.ts' -not -path '*/node_modules/*' -not -path '*/build/*')
# Pulumi looks for uv on PATH.
export PATH := $(CURDIR)/.tools/uv/bin:$(PATH)
# Where this is set, as in many containers, each process compiles every module and every test again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo test test-kit test-logql lint check bench bench-kit compose kit-pack redaction golden messages scenarios mutants preview plan up drift rotate message standin up-local plan-local plugins engine engine-cli browser actionlint
.PHONY: prometheus test-judges
.PHONY: preview-stack plan-stack up-stack drift-stack rotate-stack

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(READY) ## Rehearse every scenario, and one for each way of a message live; SCENARIOS=all: all of them live
	@$(BIN)/resilience rehearse $(if $(SCENARIOS),--live $(SCENARIOS)) --report build/rehearsal.html

test: $(READY) ## Run all tests and linters, as CI does
	@$(MAKE) --no-print-directory -j5 test-played test-live test-engine test-commands test-others test-kit lint check
	@$(NODE_OK) || echo "Left out: the service kit and the syntax of log queries. Both need Node 20.19 or newer."
	@echo "Not run: make test-logql, which needs Loki's logcli. The recorded verdicts on log lines were used."

# It plays scenarios at 60 times real time and mostly waits: what fills the machine meanwhile must not delay it. Beside
# others at `nice -n 5` a message once came half a second late, half a minute in virtual time (2026-11-28).
.PHONY: test-live test-engine test-played test-commands test-others
test-live: $(READY)
	@$(BIN)/pytest -q $(LIVE)

# Both stacks are applied once for all of these, so they are one process. With the next three there are five for two
# cores: each waits for a part of its time, for Pulumi, a browser or a deadline.
test-engine: $(READY)
	@nice -n 15 $(BIN)/pytest -q tests/engine

# About a third each of what is left, 85 CPU seconds. A process imports and collects its own folders; those of
# pytest-xdist collected all tests each and sent each result to one more process, 4 ms of CPU a test (2026-11-28).
test-played: $(READY)
	@nice -n 15 $(BIN)/pytest $(PLAYED) --ignore $(LIVE)

test-commands: $(READY) kit-built
	@nice -n 15 $(BIN)/pytest $(COMMANDS)

# All folders that are not named above, so that a new one is never left out.
test-others: $(READY)
	@nice -n 15 $(BIN)/pytest $(addprefix --ignore=,tests/engine $(PLAYED) $(COMMANDS))

# Two of the parts above need it, and must not install and build it at the same time.
.PHONY: kit-built
kit-built:
	@if $(NODE_OK); then nice -n 15 $(MAKE) --no-print-directory service-kit/build/.ready; fi

test-kit: kit-built ## Build, test and lint the service kit; needs Node 20.19 or newer
	@if $(NODE_OK); then $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j2) kit-tests kit-lint && echo "The service kit's tests and linters passed on these files."; \
	elif [ "$$CI" = true ]; then echo "The service kit needs Node 20.19 or newer; CI must have it." >&2; exit 1; \
	else echo "Left out: the service kit. It needs Node 20.19 or newer."; fi

.PHONY: kit-tests kit-lint
kit-tests: service-kit/build/.tested
kit-lint: service-kit/.linted

# Half a minute each, and nothing but these files decides the result: what passed is not run again. An edit or a new
# checkout runs them.
service-kit/build/.tested: service-kit/build/.ready $(KIT_FILES)
	@cd service-kit && npm test --silent --ignore-scripts
	@touch $@

# Not under build, which a build that runs at the same time empties.
service-kit/.linted: service-kit/node_modules/.package-lock.json $(KIT_FILES)
	@cd service-kit && npm run --silent lint
	@touch $@

service-kit/build/.ready: $(KIT_SOURCES) service-kit/node_modules/.package-lock.json
	@rm -rf service-kit/build && cd service-kit && npm run --silent build
	@touch $@

service-kit/node_modules/.package-lock.json: service-kit/package.json service-kit/package-lock.json
	@cd service-kit && npm ci --silent
	@touch $@

test-logql: $(READY) ## Compare the recorded verdicts on log lines with Loki's logcli; needs logcli on PATH
	@$(BIN)/python tests/logql/ask.py

tests/logql/node_modules/.package-lock.json: tests/logql/package.json tests/logql/package-lock.json
	@cd tests/logql && npm ci --silent
	@touch $@

lint: $(READY) ## Run the linters: Python, types, imports, workflows
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/zizmor --offline --quiet .github

check: $(READY) ## Check settings, catalogue, plan limits and exported files
	@$(BIN)/resilience check

bench: $(READY) ## Measure the manifest, one run of the probe, preview and up on the engine where it is found, rehearsal and backtest
	@$(BIN)/python tests/bench/manifest.py
	@$(BIN)/python tests/bench/probe.py
	@$(BIN)/python -m tests.bench.engine
	@$(BIN)/python -m tests.bench.rehearsal
	@$(BIN)/python -m tests.bench.backtest

kit-pack: service-kit/build/.ready ## Pack the service kit for the platform's vendor/; needs Node
	@node service-kit/build/release/pack.js

bench-kit: service-kit/build/.ready service-kit/bench/node_modules/.package-lock.json ## Compare what the service kit and the usual middleware cost the API; needs Node
	@node service-kit/build/reference/bench.js

service-kit/bench/node_modules/.package-lock.json: service-kit/bench/package.json service-kit/bench/package-lock.json
	@cd service-kit/bench && npm ci --silent
	@touch $@

compose: $(READY) ## Read overlays and env files with Compose's own library; needs Go
	@$(BIN)/python tests/deploy/compose_go/check.py

redaction: $(READY) ## Try the lines of tests/redaction with Go's own regexp, which Alloy uses; needs Go
	@$(BIN)/python -m tests.redaction.go_regexp.check

golden: $(READY) ## Rewrite golden files and the generated parts of README, docs, runbooks and probe; review the diff
	@$(BIN)/python -m tests.golden.rewrite
	@$(BIN)/cog -r --verbosity=0 $(COG_PAGES)
	@git diff --stat -- tests/golden probe README.md docs runbooks

messages: $(READY) ## Write the reviewed Slack messages as a page, build/messages.html, as a telephone and a desk show them
	@$(BIN)/python -m tests.golden.page

scenarios: $(READY) ## Run all scenarios with our rules and the seed plan's; rewrites docs/scenarios.md
	@$(BIN)/python -m resilience.docgen.scenarios

mutants: $(READY) ## Change each rule in one place at a time and list what no check notices; some minutes
	@$(BIN)/python -m tests.mutation.run

# Every stack in turn, the shared one first, or the one of STACK=…: runs the target `$@-stack`, and after a failure $(1).
each_stack = @+stacks="$(or $(STACK),$$($(BIN)/resilience stacks))" || exit; failed=0; \
	for stack in $$stacks; do $(MAKE) --no-print-directory $@-stack STACK="$$stack" || $(1); done; exit $$failed
# Where a preview of one stack is written.
plan-stack: PLAN = build/plan-$(notdir $(STACK)).json
drift-stack: PLAN = build/drift-$(notdir $(STACK)).json
rotate-stack: PLAN = build/rotation-$(notdir $(STACK)).json
# Before anything else, so that nobody takes an earlier plan for this one.
forget_plan = @mkdir -p build; rm -f "$(PLAN)" "$(PLAN).done"
# Only the owner may read it: it holds more than a log may show. If the engine fails, its errors are shown from there;
# if it wrote none, nothing is left that could look like a plan.
write_plan = @umask 077; pulumi preview --json --non-interactive $(1) --stack "$(STACK)" > "$(PLAN)" \
	|| { $(BIN)/resilience drift "$(PLAN)"; [ $$? = 2 ] || : > "$(PLAN)"; exit 1; }

preview: $(READY) ## Show what `make up` would change, in all stacks or one: make preview STACK=dev
	$(call each_stack,failed=1)

preview-stack:
	@$(BIN)/resilience doctor --stack "$(STACK)"
	pulumi preview --refresh --stack "$(STACK)" $(PULUMI_FLAGS)

plan: $(READY) ## Write what `make up` would change into build/plan-<stack>.json
	$(call each_stack,failed=1)

plan-stack:
	$(forget_plan)
	@$(BIN)/resilience doctor --stack "$(STACK)"
	$(call write_plan,--refresh)

# A stack that fails may own what the next ones need, so the first failure ends it.
up: $(READY) check ## Deploy all stacks, the shared one first, or one, and verify each: make up STACK=production
	$(call each_stack,exit 1)

up-stack:
	@$(BIN)/resilience doctor --stack "$(STACK)"
	pulumi up --refresh --stack "$(STACK)" $(PULUMI_FLAGS)
	@[ -n "$$GRAFANA_TOKEN" ] || { echo "Not verified: GRAFANA_TOKEN is not set (docs/bootstrap.md, section 4)"; exit 0; }; \
		url=$$(pulumi stack output grafana_url --stack "$(STACK)") && $(BIN)/resilience verify "$$url" --stack "$(STACK)"

drift: $(READY) ## List what was changed by hand, in all stacks or one: make drift STACK=dev
	$(call each_stack,failed=1)

drift-stack:
	$(forget_plan)
	@$(BIN)/resilience doctor --stack "$(STACK)"
	$(call write_plan,--refresh)
	@$(BIN)/resilience drift "$(PLAN)"

rotate: $(READY) ## Renew the telemetry token of all stacks or one, if it is due; changes nothing else
	$(call each_stack,failed=1)

# The last line marks what is done for `make message`.
rotate-stack:
	$(forget_plan)
	@$(BIN)/resilience doctor --stack "$(STACK)"
	$(call write_plan,)
	@$(BIN)/resilience drift --subject rotation "$(PLAN)"
	pulumi up --yes --skip-preview --non-interactive --stack "$(STACK)"
	@$(BIN)/resilience expires "$$(pulumi stack output telemetry_token_expires_at --stack $(STACK))"
	@touch "$(PLAN).done"

message: $(READY) ## Write the result of `make drift` or `make rotate` as a Slack message, if there is anything to say
	@$(if $(SUBJECT),,echo 'Write the subject: make message SUBJECT=drift, or rotation' >&2; exit 2;) \
		$(if $(STACK),printf '%s\n' "$(notdir $(STACK))",$(BIN)/resilience stacks) | sed 's|.*|build/$(SUBJECT)-&.json|' | xargs $(BIN)/resilience drift \
		--message build/message.json --subject $(SUBJECT) --run "$(RUN)"

standin: $(READY) ## Serve a stand-in of grafana.com, Grafana and GitHub on the loopback, until Ctrl-C
	@$(BIN)/python -m tests.standin --state build/standin.json $(FLAGS)

up-local: $(READY) engine-cli ## Deploy every stack with the real engine, without an account; nothing leaves the machine
	@$(BIN)/python -m tests.engine.local

plan-local: $(READY) ## What the real engine would change of another checkout, without an account: make plan-local BASE=build/base
	@$(BIN)/python -m tests.engine.planned "$(BASE)"

plugins: $(READY) ## Install the two provider plugins of pulumi
	pulumi plugin install resource grafana 2.44.0 --server github://api.github.com/pulumiverse
	pulumi plugin install resource github 6.15.0

engine: $(READY) ## Test the program on the real engine: doubles, and the stand-in where pulumi has its plugins
	@$(BIN)/pytest -ra tests/engine

engine-cli: ## Find pulumi on PATH (3.259 or newer), or build it into .tools; needs Go, 7 minutes
	@$(PYTHON) tests/engine/binary.py

browser: ## Find Chromium on PATH, or unpack Debian's into .tools; a test opens the rehearsal's report in it
	@$(PYTHON) tests/browser/binary.py

prometheus: $(READY) ## Find Prometheus 3 on PATH, or build it into .tools; needs Go, about 10 minutes of one core
	@$(BIN)/python -m resilience.tools.build

# Debian's Prometheus 2.42 with Alertmanager 0.25; the Alertmanager that Grafana's fork is based on, and the newest that
# Go's proxy can build. Each comes first for the tests of rules, routes and messages, whose verdicts must be the same.
ALERTMANAGERS := .tools/alertmanager-0.27.0 .tools/alertmanager-0.31.1
ROUTED := tests/export tests/docgen tests/rehearsal/live $(wildcard tests/grafana)
EVALUATED := $(ROUTED) tests/rehearsal tests/backtest tests/collector tests/program/test_credentials.py tests/tools
test-judges: prometheus .tools/root/usr/bin/prometheus $(ALERTMANAGERS:%=%/amtool) ## Run what real programs evaluate with other versions of them; needs Go and Debian's packages
	@failed=0; for folder in .tools/root/usr/bin $(ALERTMANAGERS); do echo "With the programs of $$folder:"; \
		[ $$folder = .tools/root/usr/bin ] && tests="$(EVALUATED)" || tests="$(ROUTED)"; \
		RESILIENCE_PROGRAMS=$(CURDIR)/$$folder $(BIN)/pytest -q $$tests || failed=1; done; exit $$failed

.tools/root/usr/bin/prometheus: | $(READY)
	@$(BIN)/python -c 'import sys; from resilience.tools import binaries, debian; sys.exit("".join( \
		debian.unpack(package, binaries.TOOLS) for package in ("prometheus", "prometheus-alertmanager")) or 0)'

.tools/alertmanager-%/amtool:
	@GOBIN=$(CURDIR)/$(@D) go install -ldflags "-s -w -X github.com/prometheus/common/version.Version=$*" \
		github.com/prometheus/alertmanager/cmd/alertmanager@v$* github.com/prometheus/alertmanager/cmd/amtool@v$*

# Not part of `make test`, which needs no Go; CI runs it afterwards.
actionlint: .tools/actionlint/actionlint ## Check the workflows as GitHub does; needs Go
	@.tools/actionlint/actionlint

.tools/actionlint/actionlint:
	@GOBIN=$(CURDIR)/.tools/actionlint go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

$(READY): $(UV) pyproject.toml uv.lock
	@$(UV) sync --quiet --locked --python $(PYTHON)
	@touch $@

# pip alone where Python has no venv (Debian without python3-venv).
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12" >&2; exit 1; }
	@{ $(PYTHON) -m venv .tools/uv && .tools/uv/bin/pip install --quiet --require-hashes --requirement $(UV_LOCK); } \
		|| $(PYTHON) -m pip install --quiet --require-hashes --requirement $(UV_LOCK) --target .tools/uv
