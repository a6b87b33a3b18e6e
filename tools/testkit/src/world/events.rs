//! The function that publishes a world's events.

use shared::{
    config::{Config, Login},
    scheduled::ScheduledTask,
};

use super::{World, function::Worker};
use crate::event_bus::EventBus;

impl World {
    /// A bus of this world's own.
    pub async fn event_bus(&self) -> EventBus {
        EventBus::start(&self.stack.secrets_url()).await.expect("the emulator has buses")
    }

    /// A bus that takes everything, at once, and delivers nothing: the emulator takes a tenth of a second for an event.
    pub async fn swallowing_bus(&self) -> EventBus {
        EventBus::swallowing().await.expect("a free port")
    }

    /// A new instance of `publish`, which does this.
    pub async fn publisher<W: ScheduledTask>(&self, bus: &EventBus, work: W) -> Worker<W> {
        let settings = |config| Config {
            login: Login::Publisher,
            event_bus_name: Some(bus.name.clone()),
            events_endpoint_url: Some(bus.url()),
            ..config
        };
        self.worker_with("publish", work, settings).await
    }

    /// Every event so far, in the order of writing: its type, whom it is about, and what it tells.
    pub async fn told(&self) -> Vec<String> {
        self.all("select concat_ws(' ', type, subject, data) from app.outbox order by number").await
    }
}
