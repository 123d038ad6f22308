"""This machine's own cloud: a daemon that serves deployed bundles, each function in processes of its own."""
