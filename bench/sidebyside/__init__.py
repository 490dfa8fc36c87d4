"""The parts of `bench/run`, one question each."""
