"""Pictures: uploads, thumbnails, a table and a topic."""
