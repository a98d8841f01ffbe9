"""The firmware's modules are top-level on the node; so they are for its tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "lib"))
