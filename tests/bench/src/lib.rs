//! Benchmarks, run by hand: ratios against a named peer or floor in one run.
