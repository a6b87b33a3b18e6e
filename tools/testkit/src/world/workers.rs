//! Functions that events start.

use shared::{config::Config, scheduled::ScheduledTask};

use super::{World, function::Worker};

impl World {
    /// A new instance of a function that events start.
    pub async fn worker<W: ScheduledTask>(&self, name: &'static str, work: W) -> Worker<W> {
        self.worker_with(name, work, |config| config).await
    }

    /// The same with other settings.
    pub async fn worker_with<W: ScheduledTask>(
        &self,
        name: &'static str,
        work: W,
        settings: impl FnOnce(Config) -> Config,
    ) -> Worker<W> {
        let secret_id = self.put_secret(&self.secret(self.stack.pgbouncer_port)).await;
        Worker::start(name, work, Ok(settings(self.config(&secret_id))), self.clock.clone()).await
    }
}
