#!/usr/bin/env python3
"""What processes that share a store do when they are cut off or given up (check_shared_store), on a real PostgreSQL.

Prints TAP.
"""

import sys

from postgres import run_check

if __name__ == "__main__":
    sys.exit(run_check("check_shared_store"))
