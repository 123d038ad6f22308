"""Google's services as processes on this machine: its own fake of Pub/Sub, and others' of the rest."""
