"""Links on Google Cloud, by Google's own libraries, which a bundle holds only where such a link is used: each is
imported on first use. They know the function's service account by themselves."""
