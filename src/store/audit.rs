//! Finds what was changed behind the program's back.
