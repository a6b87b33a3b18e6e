//! What `make bench` writes: the last result of each section, the page made of them, and its picture.

pub mod machine;
mod page;
mod picture;
mod reasons;
pub mod results;
