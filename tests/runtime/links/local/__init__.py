"""Links of this machine: what is more than the contract's cases, which run against them too."""
