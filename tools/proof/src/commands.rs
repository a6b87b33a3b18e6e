//! One file per command.

pub mod bench;
pub mod chaos;
pub mod take_over;
