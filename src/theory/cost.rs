//! Multiply-adds, FLOPs and activation memory.
