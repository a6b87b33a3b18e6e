//! Requests signed as the Auth0 Action signs them.

use uuid::Uuid;

use super::{World, request::TestRequest};

impl TestRequest {
    /// Signs body and time as the Action does, under a new `webhook-id`.
    pub fn signed(self, world: &World) -> Self {
        let id = format!("msg_{}", Uuid::new_v4().simple());
        self.signed_as(world, &id)
    }

    /// Signs as the Action does, under this `webhook-id`.
    pub fn signed_as(self, world: &World, id: &str) -> Self {
        let timestamp_s = world.clock.now().timestamp();
        let signature = world.webhook_secret.sign(id, timestamp_s, &self.body);
        self.header("webhook-id", id)
            .header("webhook-timestamp", &timestamp_s.to_string())
            .header("webhook-signature", &signature)
    }
}
