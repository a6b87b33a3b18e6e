//! The clusters of chaos that accounts are made on, each with a server behind a proxy.

use anyhow::Result;
use serde_json::json;
use testkit::{World, hopsworks::Hopsworks, opencost::OpenCost, proxy::Proxy};
use uuid::Uuid;

use super::usage;

/// Twenty-five times as short, because a fault is over in a moment here; and counted, each time that one is drawn. The
/// two minutes of a lease stay: whoever kills `provision` lets them pass.
const SHORT_PAUSES: &str = "\
    create sequence app.tries_in_vain; \
    alter sequence app.tries_in_vain owner to app_owner; \
    alter function pause_after(integer, integer, interval) rename to long_pause_after; \
    create function pause_after(p_attempts integer, p_asked_s integer, p_longest interval default '1 hour') returns interval \
    language sql as $$ select long_pause_after(p_attempts, p_asked_s, p_longest) / 25 from nextval('app.tries_in_vain') $$";

/// A cluster, and the server behind it.
pub struct Cluster {
    pub id: Uuid,
    pub name: &'static str,
    pub hopsworks: Hopsworks,
    pub opencost: OpenCost,
    pub proxy: Proxy,
}

/// The two clusters of a world without any.
pub async fn add(world: &World) -> Result<[Cluster; 2]> {
    world.sql(SHORT_PAUSES).await;
    usage::sign_up(world).await;
    Ok([Cluster::add(world, "first", 6).await?, Cluster::add(world, "second", 4).await?])
}

impl Cluster {
    async fn add(world: &World, name: &'static str, max_users: u32) -> Result<Self> {
        let hopsworks = Hopsworks::start(0).await?;
        let proxy = Proxy::start(hopsworks.port).await?;
        let id = world.add_hopsworks_cluster(&hopsworks, name, max_users).await;
        // Another address wants the key again.
        let (port, key) = (proxy.port, world.sealed(id, &hopsworks.api_key()));
        let way = format!("api_url = 'https://localhost:{port}', api_key = '{key}'");
        world.sql(&format!("update public.hopsworks_clusters set {way} where id = '{id}'")).await;
        let opencost = usage::add(world, id).await?;
        Ok(Self { id, name, hopsworks, opencost, proxy })
    }

    /// Seats somebody new here, by hand, in the place of whom this seated before: there is an account to make and one to
    /// end, whatever the clients do.
    pub async fn seat_newcomer(&self, world: &World) {
        let (id, name) = (self.id, format!("newcomer-{}", Uuid::new_v4().simple()));
        let login = json!({
            "user_id": format!("auth0|{name}"),
            "email": format!("{name}@example.com"),
            "email_verified": true,
            "logged_in_at": "2026-01-01T00:00:00Z",
        });
        world
            .sql(&format!(
                "delete from public.user_hopsworks_assignments \
                 where hopsworks_cluster_id = '{id}' and user_id like 'auth0|newcomer-%'; \
                 update public.hopsworks_clusters set status = 'active', max_users = current_users + 1 where id = '{id}'; \
                 select create_user('{login}'); \
                 insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) \
                 values ('auth0|{name}', '{id}')"
            ))
            .await;
    }

    /// The server has a new key, and an administrator stores it.
    pub async fn renew_key(&self, world: &World) {
        let (id, key) = (self.id, world.sealed(self.id, &self.hopsworks.renew_key()));
        world.sql(&format!("update public.hopsworks_clusters set api_key = '{key}' where id = '{id}'")).await;
    }
}
