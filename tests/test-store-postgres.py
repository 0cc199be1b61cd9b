#!/usr/bin/env python3
"""The store's own tests (check_store*) on a real PostgreSQL. Prints TAP."""

import sys

from postgres import run_check

if __name__ == "__main__":
    sys.exit(run_check("check_store", "check_store_listings", "check_store_reviews"))
