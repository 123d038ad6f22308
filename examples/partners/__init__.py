"""Partners: API keys with quotas, signed calls, badges, secrets."""
