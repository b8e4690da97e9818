"""Signing in with the organisation's own OpenID Connect provider: a door beside the password, for the same accounts."""
