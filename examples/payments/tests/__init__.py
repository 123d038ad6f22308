"""Tests of the payments API."""
