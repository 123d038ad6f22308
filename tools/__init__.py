"""What this project needs on a machine to be built and tried; no part of the package."""
