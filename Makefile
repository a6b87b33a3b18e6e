# The commands of this project. `make` alone lists them.

LOCAL = target/debug/local
# Only what is given on the command line: the shell's own USER or EMAIL must not slip in.
given = $(if $(filter command line,$(origin $(1))),$(2)'$(subst ','\'',$(value $(1)))')

.DEFAULT_GOAL := help
.PHONY: help build-local demo dev test test-release build bench chaos lint token psql admin migrate schema openapi client rotate-keys secrets deploy clean

help: ## List the commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build-local:
	@test -x $(LOCAL) || echo "compiling; the first time takes a few minutes" >&2
	@cargo build --quiet --bins

demo: build-local ## Tell the story through real HTTP, start to end
	@$(LOCAL) demo

dev: build-local ## Run the whole back office here until Ctrl-C, rebuilt as you edit
	@$(LOCAL) dev

test: build-local ## Run all tests (some: make test T=seats)
	@$(LOCAL) test $(call given,T)

build: build-local ## Build every function for release as Lambda gets it, and tell the sizes
	@$(LOCAL) build

test-release: build-local ## Try the release binaries under Lambda's own runtime emulator
	@$(LOCAL) test-release

bench: ## Measure everything, side by side, in one table (a part: make bench ONLY='cold warm')
	@echo "compiling for release; the first time takes some minutes" >&2
	@cargo build --quiet --release --package local --bin local --example hello
	@AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true target/release/local bench $(if $(filter command line,$(origin ONLY)),$(ONLY))

chaos: build-local ## Break whatever can break under load, and reckon: [SEED=…] [MINUTES=…]
	@$(LOCAL) chaos $(call given,SEED,--seed=) $(call given,MINUTES,--minutes=)

lint: build-local ## Check formatting, lints and migrations
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	@$(LOCAL) lint

token: build-local ## Print a fresh token: SUB=auth0|ann [EMAIL=…] [NAME=…] [PERMISSIONS=…]
	@$(LOCAL) token $(call given,SUB,--sub=) $(call given,EMAIL,--email=) $(call given,NAME,--name=) $(call given,PERMISSIONS,--permissions=)

psql: build-local ## Open the database of the running `make dev`
	@$(LOCAL) psql

admin: build-local ## Make a user an administrator: USER=auth0|ann [DIRECT_URL=…]
	@$(LOCAL) admin $(call given,USER) $(call given,DIRECT_URL,--direct-url=)

migrate: build-local ## Apply tables and functions over port 5432: [DIRECT_URL=…]
	@$(LOCAL) migrate $(call given,DIRECT_URL,--direct-url=)

schema: build-local ## Print tables and functions as one script for a SQL editor
	@$(LOCAL) schema

openapi: build-local ## Write openapi.yaml from the types
	@$(LOCAL) openapi

client: build-local ## Write openapi.yaml, and the web app's typed client from it
	@$(LOCAL) client

rotate-keys: build-local ## Encrypt every stored API key anew under the current key: [DIRECT_URL=…]
	@$(LOCAL) rotate-keys $(call given,DIRECT_URL,--direct-url=)

secrets: build-local ## Create the functions' secret in AWS, or change it: [DATABASE_URL=…] [CA=file] [ROTATE=webhook|encryption]
	@$(LOCAL) secrets $(call given,SECRET,--secret=) $(call given,DATABASE_URL,--database-url=) $(call given,CA,--ca=) $(call given,ROTATE,--rotate=) $(call given,ACTION_UPDATED,--action-updated=)

deploy: build-local ## Build the functions and deploy them with template.yaml and deploy.yaml: [ARGS='for sam deploy']
	@$(LOCAL) deploy $(if $(filter command line,$(origin ARGS)),$(ARGS))

clean: build-local ## Remove everything the local stack keeps, but its tools
	@$(LOCAL) clean
