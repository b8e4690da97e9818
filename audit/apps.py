from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    label = "audit"
    verbose_name = "Audit"

    def ready(self) -> None:
        """Let the rooms of evidence seal their figures before the ledger removes payloads; findings come first."""
        from audit.evaluation import sealing as findings
        from audit.events import sealing
        from audit.fairness import sealing as fairness
        from audit.ledger.removal import removing
        from audit.oversight import sealing as oversight
        from audit.retention import copies

        removing.connect(sealing.seal_before_removal, dispatch_uid="seal_before_removal")
        removing.connect(copies.clear_removed, dispatch_uid="clear_copies")
        for room, receiver in (("findings", findings), ("fairness", fairness), ("oversight", oversight)):
            sealing.sealing.connect(receiver.seal, dispatch_uid=f"seal_{room}")
        for room, restorer in (("fairness", fairness), ("oversight", oversight)):
            sealing.restoring.connect(restorer.restore, dispatch_uid=f"restore_{room}")
