"""Gets a Pulumi engine onto a machine that may have none: `python -m tools.engine`.

Standard library only, so that it runs before anything is installed. In this order it takes

1. `pulumi` on PATH, if it answers and is new enough,
2. the engine that an earlier run put into `.sls/engine/bin`,
3. the official installer,
4. a build from Pulumi's Go module,

and, where Pulumi's Python language host is missing beside the engine and on PATH, adds a stand-in for it
(`language_host.py`).
"""
