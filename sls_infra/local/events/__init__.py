"""What starts functions besides calls: queues, subscriptions, uploads, changes and clocks, consumed by the gateway."""
