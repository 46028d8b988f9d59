"""T18: the source and the running service as scanners see them, which are installed for the time of the scan alone."""
