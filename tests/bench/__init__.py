"""Benchmarks: `make bench` prints a peer's figure, ours and the ratio, all measured in one run; nothing is a test."""
