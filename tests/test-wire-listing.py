#!/usr/bin/env python3
"""Faults on the wire in the requests of a listing. Prints TAP."""

from wire_import import try_all

try_all("login proof", "repositories", "projects")
