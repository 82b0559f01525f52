"""`python -m eedge` is `eedge`."""

import sys

from eedge.cli import main

sys.exit(main())
