//! The stack that tests and developers run on (PostgreSQL, PgBouncer, Secrets Manager and EventBridge, an issuer, Hopsworks,
//! OpenCost), and what tests ask through. Nothing of it is deployed.

pub mod cors;
pub mod event_bus;
pub mod gateway;
pub mod hopsworks;
pub mod issuer;
pub mod lock;
pub mod opencost;
mod percent;
pub mod process;
pub mod programs;
pub mod proxy;
pub mod release;
pub mod server;
pub mod shutdown;
pub mod stack;
mod stand_in;
pub mod supavisor;
pub mod test_env;
pub mod world;

pub use gateway::{Backend, Gateway, Instances};
pub use stack::TEMPLATE;
pub use test_env::{own_folder, own_stack};
pub use world::{
    AUDIENCE, CLAIMS_NAMESPACE, World,
    concurrency::at_once,
    environment,
    function::{Function, Log, Worker},
    request::{TestRequest, TestResponse},
};
