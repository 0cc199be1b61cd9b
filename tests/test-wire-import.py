#!/usr/bin/env python3
"""Faults on the wire in the requests of an import: pull requests and what is asked of each. Prints TAP."""

from wire_import import try_all

try_all("pull requests", "activities", "commits")
