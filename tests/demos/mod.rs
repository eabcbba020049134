//! The demonstrations, a file each: run as a person runs them, held against another implementation's figures, and in a
//! setting in which each of their statements comes out the other way.
