"""Tests of the pictures API."""
