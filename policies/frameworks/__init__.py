"""Control frameworks beside the Act: ISO/IEC 42001 Annex A and NIST AI RMF, answered by the same evidence."""

from policies.frameworks.crosswalk import (
    FRAMEWORKS,
    Control,
    Framework,
    controls_for,
    evidence_for,
    framework,
)

__all__ = ["FRAMEWORKS", "Control", "Framework", "controls_for", "evidence_for", "framework"]
