//! One file per command.

pub mod bench;
pub mod chaos;
pub mod replay;
pub mod take_over;
