"""Queues, topics, tables and buckets of this machine: each a folder of its own, whose path is its address.

    store.py          one SQLite database a resource: opening, transactions, errors
    lanes.py          a line of messages: receive, delete, release, bury; FIFO groups, delays, retention
    subscriptions.py  one lane a subscriber, filled in the transaction of what it is told of
    queues.py         a queue is one lane                       topics.py   publishing, to every lane that wants it
    tables.py         items; its subscribers get their changes
        items.py changes.py queries.py      what rows hold; writing and telling; reading in order, a page at a time
    buckets.py        plain files; its subscribers get uploads
        files.py objects.py scanning.py     which file holds a key; what is known of it; what was put there by hand
        signing.py                          addresses that anybody may use for a while
    letters.py        dead letters: their reason, putting them back

Each of `queues`, `topics`, `tables` and `buckets` has `create(path, described)`, which makes the resource or brings it
to new settings and says what that did, and `remove(path)`. The rest is methods of its driver: any process may open a
resource by its path, in any number, at any time. What a call has returned from survives a kill -9 of whoever called.
"""
