"""What starts a function besides a request: one shape a source, whatever the cloud."""
