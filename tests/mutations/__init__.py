"""Mutations: each guard of the product is switched off once, and the tests that watch over it must go red."""
