#!/usr/bin/env python3
"""Claims, fences and shares of workers (check_lease) on a real PostgreSQL. Prints TAP."""

import sys

from postgres import run_check

if __name__ == "__main__":
    sys.exit(run_check("check_lease"))
