"""The demo is made once and read by every journey of its group; a module shares one Chromium."""

from tests.journeys.chromium import browser
from tests.journeys.installation import demo

__all__ = ["browser", "demo"]
