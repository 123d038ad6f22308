"""Attacks on the ways in: each one on the local gateway over TCP, and on every cloud's entry of the runtime.

model.py     an attack, what it sends, what comes back      world.py     keys, secrets and tokens, good and forged
api.py       the Api that is attacked; its code in code/    cases/       the attacks, a module a family
gateway.py   the local gateway, deployed for real           entries.py   what the runtime's entries share
clouds.py    each entry, called as its gateway calls it     results.py, table.py   attack by target, markdown

An attack asserts that the caller gets the right refusal, that no handler ran, and that neither the answer nor the log
holds a secret. One that a target can't be attacked by says why. Each family has a control: the good credential gets in.
"""
