"""Two releases at work on one database, and one that comes back from a dump; the receiver knows nothing of it."""
