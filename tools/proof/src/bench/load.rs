//! What clients get done at once through processes of the functions and the pooler.

mod clients;
mod flush;
pub mod purchases;
pub mod readings;
pub mod throughput;
