"""Pictures and their thumbnails: what the API does. Pillow makes the thumbnails."""
