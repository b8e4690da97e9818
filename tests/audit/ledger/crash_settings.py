"""The product's databases and ledger files with the ledger's app alone: processes that are to be killed start fast."""

from governance.project.settings import (  # noqa: F401
    DATA_DIR,
    DATABASES,
    DEFAULT_AUTO_FIELD,
    LEDGER_KEY_FILE,
    LEDGER_ORIGIN,
    LOGGING,
    SECRET_KEY,
    SECRETS_DIR,
    USE_TZ,
)

INSTALLED_APPS = ["audit.ledger"]
