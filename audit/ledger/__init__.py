"""The ledger: an append-only log that an outsider can check without us. The floor of the house; it knows no one.

Entries are envelopes of canonical JSON (:mod:`~audit.ledger.envelope`), hashed as they are stored, in one RFC 6962
tree (:mod:`~audit.ledger.merkle`) cut into C2SP tiles (:mod:`~audit.ledger.tiles`), under Ed25519-signed checkpoints
(:mod:`~audit.ledger.note`). Payloads, which may hold personal data, lie beside the tree behind a salted commitment and
are the only thing ever deleted.

Where to look, from the door inwards:

- ``log`` is what everybody imports: ``append``, ``entries``, ``inclusion``, ``integrate`` and the rest.
- ``writing`` turns drafts into rows in the caller's transaction; ``sequencing`` gives indexes and signs (at once on
  SQLite, by a follower on PostgreSQL); ``reading`` yields entries and proofs.
- ``bundle`` writes the evidence bundle; ``verification`` (with ``archive``, ``strict``, ``heads``, ``treecheck``,
  ``contents`` and ``verdict``) checks one without a database. ``offline_verifier`` does the same and shares no line
  with it. Change the format and both must follow: the tests run every bundle through both.
- ``removal`` holds erasure, retention and legal holds; ``rotation`` the keys; ``anchors`` and ``witness`` bring
  checkpoints outside the house; ``doctor`` re-hashes a database; ``compare`` is for two auditors.
- ``guards``, ``roles`` and ``checks`` are tripwires in the database: they stop mistakes and are not the proof.

Rules that everything else here relies on:

1. Bytes are hashed once and stored; nothing is ever serialised again to be compared.
2. Writers never touch the tree. One sequencer does; the checkpoint's size is its compare-and-swap.
3. An entry and the change it records are one transaction. Nothing is acknowledged before COMMIT.
4. Nothing is signed unless the stored tiles give the last signed root, nor if this key has signed a longer history.
5. A payload goes only with an entry that names it. An absent payload without such an entry is ALTERED.
6. There is no switch to turn recording off.
"""
