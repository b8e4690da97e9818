"""The living checklist of a use case: its points, what the register and the logs show, what people say."""

from governance.duties.acts import note_duty
from governance.duties.checklist import Point, points_of

__all__ = ["Point", "note_duty", "points_of"]
