//! Assignments and submissions: finding answers, asking the questions, scoring.
