"""What links do besides the contract's cases."""
