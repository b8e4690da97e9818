#!/usr/bin/env python
"""Run a Custodes command from a source tree."""

from governance.project.command import main

if __name__ == "__main__":
    main()
