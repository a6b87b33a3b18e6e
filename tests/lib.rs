//! Tests of what is about everything, each in a folder of its own; this library is empty.
