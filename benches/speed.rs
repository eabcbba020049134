//! Timings beside the peers.
fn main() {}
