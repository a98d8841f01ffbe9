"""`python -m gateway.cli` is `anju`."""

import sys

from gateway.cli import main

sys.exit(main())
