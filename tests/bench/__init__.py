"""The benchmark: ratios measured within one run. `python -m tests.bench`; docs/benchmarks.md says what each means."""
