"""The example organisation: a town's social services, six uses of AI, one real decision log.

Real: people's records, a model's predictions and what turned out to be true (see ``data/README.md``).
Invented and marked ``simulated`` wherever it shows: the organisation, the times of the decisions, and
every human review. The example is built through the same verbs and the same API as any other data.
"""
