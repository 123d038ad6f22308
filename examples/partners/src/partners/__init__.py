"""Stock for partners: what the API does. Standard library only."""
