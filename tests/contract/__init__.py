"""The contract: the same cases on every cloud. A further one adds itself to `clouds.CLOUDS`, and passes."""
