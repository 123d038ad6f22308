"""How events come, the same on every target: each case once, run in each world.

worlds/world.py       what a world is to a case              worlds/<platform>.py   one each: World
worlds/process.py     a function in this very process, as its bundle has it: code, manifest, what its deployment says
apis.py               the Api, and what its rendering tells  conftest.py            the fixtures
differences.py        what is not the same everywhere, and why

The entry points are the real ones, given what the platform gives them, in the platform's own words; on this machine the
gateway's own consumer before them too. What the platform would do after an answer is read off the answer.
"""
