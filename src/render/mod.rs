//! One file a format, each from the same [`Report`](crate::report::Report).
