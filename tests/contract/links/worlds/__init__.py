"""The platforms' stand-ins."""
