"""Tests of the shipping API."""
