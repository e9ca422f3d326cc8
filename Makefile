.PHONY: migration-initial
migration-initial: ## Write the first migration anew from the models
	.venv/bin/python -m web.migrations.renew_initial
