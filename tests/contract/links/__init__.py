"""What links do, the same on every platform: each case once, run in each world that there is a judge for.

worlds/world.py       what a world is to a case              worlds/<platform>.py   one each: World
conftest.py           the fixtures: world, table, bucket, queue, topic
test_<what>_*.py      the cases, against what handlers call (runtime/links/{tables,buckets,queues,topics}.py)

A world stands for a platform's real service: an emulator, or for the local target the thing itself. Where there is none
to be had the case is skipped, for the reason that the world gives.
"""
