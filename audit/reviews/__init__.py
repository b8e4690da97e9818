"""The review queue: people decide on proposals before they take effect."""
