"""Tests of the reports API."""
