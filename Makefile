# The commands of this project. `make` alone lists them.

LOCAL = cargo run --quiet --bin local --

.DEFAULT_GOAL := help
.PHONY: help demo dev test lint token psql admin migrate schema clean

help: ## List the commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Tell the story of a login through real HTTP, start to end
	@$(LOCAL) demo

dev: ## Run the whole back office here until Ctrl-C, rebuilt as you edit
	@$(LOCAL) dev

test: ## Run all tests (some: make test T=seats)
	@$(LOCAL) test $(T)

lint: ## Check formatting and lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings

token: ## Print a fresh token: SUB=auth0|ann [EMAIL=…] [NAME=…] [PERMISSIONS=…]
	@$(LOCAL) token --sub '$(SUB)' $(if $(EMAIL),--email '$(EMAIL)') $(if $(NAME),--name '$(NAME)') $(if $(PERMISSIONS),--permissions '$(PERMISSIONS)')

psql: ## Open the database of the running `make dev`
	@$(LOCAL) psql

admin: ## Make a user an administrator: USER=auth0|ann [DIRECT_URL=…]
	@$(LOCAL) admin '$(USER)' $(if $(DIRECT_URL),--direct-url '$(DIRECT_URL)')

migrate: ## Apply tables and functions over port 5432: [DIRECT_URL=…]
	@$(LOCAL) migrate $(if $(DIRECT_URL),--direct-url '$(DIRECT_URL)')

schema: ## Print tables and functions as one script for a SQL editor
	@$(LOCAL) schema

clean: ## Remove everything the local stack keeps, but its tools
	@$(LOCAL) clean
