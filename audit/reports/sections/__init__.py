"""One module per section of a report; each has ``build(context) -> Section``."""
