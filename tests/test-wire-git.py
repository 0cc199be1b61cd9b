#!/usr/bin/env python3
"""Faults on the wire in the requests that Git sends, as wire_git.txt has it. Prints TAP."""

from wire_import import try_all

try_all("refs of Git", "packs of Git", table="wire_git.txt")
