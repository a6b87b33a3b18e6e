//! Worlds whose events are read.

use publish::until_idle;
use serde_json::{Value, json};
use testkit::{World, event_bus::EventBus};

/// A world, its bus, and `publish` between them.
pub struct Site {
    pub world: World,
    pub bus: EventBus,
}

impl Site {
    pub async fn ready() -> Self {
        let world = World::new().await;
        let bus = world.event_bus().await;
        Self { world, bus }
    }

    /// So many things happen to each of these subjects, one after the other: `a` 1, `b` 1, `a` 2, …
    pub async fn happen(&self, subjects: &[&str], times: usize) {
        self.world
            .sql(&format!(
                "select app.tell('user.reactivated', 'user:auth0|' || s, jsonb_build_object('user_id', 'auth0|' || s)) \
                 from generate_series(1, {times}) n, unnest('{{{}}}'::text[]) with ordinality u (s, place) order by n, place",
                subjects.join(",")
            ))
            .await;
    }

    /// Publishes what is due; the report.
    pub async fn publish(&self) -> Value {
        self.world.publisher(&self.bus, until_idle).await.handle(json!({})).await.unwrap()
    }

    /// What was put off is due now.
    pub async fn time_passes(&self) {
        self.world.sql("update app.outbox set due_at = app.now() where due_at is not null").await;
    }

    /// The lease of a run that was killed is over.
    pub async fn lease_ends(&self) {
        self.world.sql("update app.outbox_lease set leased_until = app.now()").await;
    }

    /// What has arrived since the last time, in order: subject and place, such as `a 1`.
    pub async fn arrived(&self) -> Vec<String> {
        self.bus.received().await.iter().map(|event| place(&event["detail"])).collect()
    }

    /// What is not published yet.
    pub async fn left(&self) -> Vec<String> {
        let left = "select concat_ws(' ', replace(subject, 'user:auth0|', ''), seq, error_code, \
                      case when parked_at is not null then 'parked' end) \
                    from app.outbox where published_at is null order by number";
        self.world.all(left).await
    }
}

pub fn place(detail: &Value) -> String {
    format!("{} {}", detail["subject"].as_str().unwrap().replace("user:auth0|", ""), detail["seq"])
}

/// What has been told since the last time: the type, whom of, and what matters of the rest.
pub async fn told(world: &World) -> Vec<String> {
    world
        .all(
            "with told as (delete from app.outbox returning *) \
             select concat_ws(' ', type, replace(subject, 'auth0|', ''), data ->> 'cluster_name', data ->> 'by', \
               data ->> 'code', data ->> 'amount_usd', data ->> 'balance_usd', \
               case when subject like 'account:%' then replace(data ->> 'user_id', 'auth0|', '') end) \
             from told order by number",
        )
        .await
}
