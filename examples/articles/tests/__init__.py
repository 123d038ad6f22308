"""Tests of the articles API."""
