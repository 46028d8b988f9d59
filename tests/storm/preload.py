"""Imported once by the server of forks."""

from tests.storm.crew import prepare

prepare()
