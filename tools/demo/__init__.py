"""`make demo`: deploys stacks/orders to this machine by a literal `pulumi up`, calls it, and says what to do next.

    python -m tools.demo         deploy, or deploy again what has changed, and call it
    python -m tools.demo down    destroy it, and leave nothing running

All that it keeps is in `.sls/demo`: the engine's state (a file backend), the local target's, the development issuer's
key, and the orders. Only `stacks/orders/Pulumi.demo.yaml`, the stack's configuration, is where the engine wants it;
git ignores it, and `down` removes it.
"""
