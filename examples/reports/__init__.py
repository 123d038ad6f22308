"""Reports: a schedule, in a time zone."""
