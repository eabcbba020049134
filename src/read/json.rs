//! Models written as JSON.
