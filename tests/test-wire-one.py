#!/usr/bin/env python3
"""Faults on the wire in the requests that an import asks beside its listing. Prints TAP."""

from wire_import import try_all

try_all("a pull request", "a repository", "rate limit", "own rate limit")
