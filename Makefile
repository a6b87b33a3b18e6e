# The commands of this project. `make` alone lists them.

DEV = target/debug/dev
OPS = target/ops/ops
CONTRACT = target/debug/contract
PROOF = target/debug/proof
# Only what is given on the command line: the shell's own USER or EMAIL must not slip in.
given = $(if $(filter command line,$(origin $(1))),$(2)'$(subst ','\'',$(value $(1)))')
yes = $(if $(filter command line,$(origin $(1))),$(if $(filter yes,$(value $(1))),$(2)))

.DEFAULT_GOAL := help
.PHONY: help build-dev build-ops build-ops-aws build-contract build-proof demo dev test test-console screenshots test-release build bench bench-take-over chaos replay fuzz lint token psql admin migrate take-over releases release schema openapi client rotate-keys secrets deploy console clean

help: ## List the commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# With the features of the whole workspace, as `cargo lambda watch` builds the functions: what one of them needs is
# compiled once.
build-dev:
	@test -x $(DEV) || echo "compiling; the first time takes a few minutes" >&2
	@cargo build --quiet --workspace --bin dev

# Alone: an operator needs nothing else.
build-ops:
	@test -x $(OPS) || echo "compiling; the first time takes about a minute" >&2
	@cargo build --quiet --package ops --profile ops

build-ops-aws:
	@test -x $(OPS) || echo "compiling; the first time takes about two minutes" >&2
	@cargo build --quiet --package ops --profile ops --features aws

build-contract:
	@cargo build --quiet --workspace --bin contract

build-proof:
	@cargo build --quiet --workspace --bin proof

demo: build-dev ## Tell the story through real HTTP, start to end
	@$(DEV) demo

dev: build-dev ## Run the whole back office here until Ctrl-C, rebuilt as you edit
	@$(DEV) dev

test: build-dev ## Run all tests (some: make test T=seats)
	@$(DEV) test $(call given,T)

test-console: build-dev ## Run the console's tests in a browser, which `make test` does too
	@$(DEV) test-console

screenshots: build-dev ## Make the pictures of the console in docs/ anew
	@$(DEV) screenshots

build: build-dev ## Build every function for release as Lambda gets it, and print the sizes
	@$(DEV) build

test-release: build-dev ## Try the release binaries under Lambda's own runtime emulator
	@$(DEV) test-release

bench: ## Measure and write docs/benchmarks.md: [ONLY='cold warm'] [BEFORE=revision] [NODE=yes] [TLS=yes] [FULL=yes]
	@echo "compiling for release; the first time takes some minutes" >&2
	@cargo build --quiet --release --package proof --bin proof --example hello
	@AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true target/release/proof bench $(if $(filter command line,$(origin ONLY)),$(ONLY)) $(call given,BEFORE,--before=) $(call yes,NODE,--node) $(call yes,TLS,--tls) $(call yes,FULL,--full)

bench-take-over: build-ops-aws build-proof ## Take over a large database of somebody else's, and measure it: [USERS=1000000] [DAYS=2000000]
	@$(PROOF) take-over $(call given,USERS,--users=) $(call given,DAYS,--days=)

chaos: build-proof ## Break whatever can break under load, and check that nothing is lost: [SEED=…] [MINUTES=…]
	@$(PROOF) chaos $(call given,SEED,--seed=) $(call given,MINUTES,--minutes=)

replay: build-proof ## Collect a month of usage while everything goes wrong, and compare the bills: [SEED=…] [DAYS=30]
	@$(PROOF) replay $(call given,SEED,--seed=) $(call given,DAYS,--days=)

fuzz: build-dev ## Feed every parser inputs that nobody thought of: [MINUTES=5] [SEED=…]
	@FUZZ_MINUTES=$(or $(call given,MINUTES),5) $(call given,SEED,FUZZ_SEED=) $(DEV) test --test fuzz -- --nocapture

lint: build-dev ## Check formatting, lints, crates, migrations and roots
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	@$(DEV) lint

token: build-dev ## Print a fresh token: SUB=auth0|ann [EMAIL=…] [NAME=…] [PERMISSIONS=…]
	@$(DEV) token $(call given,SUB,--sub=) $(call given,EMAIL,--email=) $(call given,NAME,--name=) $(call given,PERMISSIONS,--permissions=)

psql: build-dev ## Open the database of the running `make dev`
	@$(DEV) psql

admin: build-ops ## Make a user an administrator: USER=auth0|ann [DIRECT_URL=…]
	@$(OPS) admin $(call given,USER) $(call given,DIRECT_URL,--direct-url=)

migrate: build-ops ## Apply what is missing of tables and functions over port 5432: [DIRECT_URL=…] [DROP='release_…']
	@$(OPS) migrate $(call given,DIRECT_URL,--direct-url=) $(call given,DROP,--drop=)

take-over: build-ops-aws ## Take over a database of another application, or say what that does: [DIRECT_URL=…] [CHOOSE='--flag …'] [APPLY=yes]
	@$(OPS) take-over $(call given,DIRECT_URL,--direct-url=) $(if $(filter command line,$(origin CHOOSE)),$(CHOOSE)) $(call yes,APPLY,--apply)

releases: build-ops ## List the releases in the database, and whether they are called: [DIRECT_URL=…] [SECONDS=10]
	@$(OPS) releases $(call given,DIRECT_URL,--direct-url=) $(call given,SECONDS,--seconds=)

schema: build-ops ## Print tables and functions as one script for a SQL editor
	@$(OPS) schema

openapi: build-contract ## Write openapi.yaml from the types
	@$(CONTRACT) openapi

client: build-contract ## Write openapi.yaml, and the web app's typed client from it
	@$(CONTRACT) client

rotate-keys: build-ops-aws ## Encrypt every stored API key again, under the current key: [DIRECT_URL=…]
	@$(OPS) rotate-keys $(call given,DIRECT_URL,--direct-url=)

secrets: build-ops-aws ## Create the functions' secret in AWS, or change it: [DATABASE_URL=…] [PROVISIONER_PASSWORD=…] [COLLECTOR_PASSWORD=…] [PUBLISHER_PASSWORD=…] [STRIPE=…] [CA=file] [ROTATE=webhook|encryption]
	@$(OPS) secrets $(call given,SECRET,--secret=) $(call given,DATABASE_URL,--database-url=) $(call given,PROVISIONER_PASSWORD,--provisioner-password=) $(call given,COLLECTOR_PASSWORD,--collector-password=) $(call given,PUBLISHER_PASSWORD,--publisher-password=) $(call given,STRIPE,--stripe=) $(call given,STRIPE_MODE,--stripe-mode=) $(call given,CA,--ca=) $(call given,ROTATE,--rotate=) $(call given,ACTION_UPDATED,--action-updated=)

release: build-dev ## Record the SQL of this release, and what it answers, for the migrations to come
	@$(DEV) release

deploy: build-dev ## Build the functions and deploy them with template.yaml and deploy.yaml: [ALARMS=ignore] [ARGS='for sam deploy']
	@$(DEV) deploy $(call given,ALARMS,--alarms=) $(if $(filter command line,$(origin ARGS)),$(ARGS))

console: build-dev ## Build the console for a deployment: API_URL=… ISSUER=… AUDIENCE=… CLIENT_ID=… [BUY=url] [CONTACT=address]
	@$(DEV) console $(call given,API_URL,--api-url=) $(call given,ISSUER,--issuer=) $(call given,AUDIENCE,--audience=) $(call given,CLIENT_ID,--client-id=) $(call given,BUY,--buy-credits-url=) $(call given,CONTACT,--contact=)

clean: build-dev ## Remove everything the local stack keeps, but its tools
	@$(DEV) clean
