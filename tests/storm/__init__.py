"""Crash storms: the real dispatchers and workers, killed at random, against a receiver that keeps its own ledger."""
