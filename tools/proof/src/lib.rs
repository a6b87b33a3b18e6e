//! What proves the promises: bench, chaos, and the clients of the storms. Nothing of it is deployed.

pub mod baseline;
pub mod bench;
pub mod chaos;
pub mod commands;
pub mod lambda;
pub mod replay;
pub mod storm;
pub mod take_over;
