"""Every front of every cloud, made of what is rendered for it, in front of its functions in this process.

functions.py   the functions: their bundles' manifests, what the deployment tells them, secrets as they are rendered
hosts.py       from what a gateway sends to a function's answer, by cloud
served.py      each front, its gateway's stand-in before its functions; the local one is real
ways.py        the routes that are called, one or more for each way in; calls with the statuses they get
"""
