"""Articles: an index that follows the changes of a table."""
