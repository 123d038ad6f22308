"""Tests of the orders API: on its handlers alone, and through the local gateway."""
