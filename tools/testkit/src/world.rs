//! One test's world: a database of its own behind the real pooler, an issuer, a secret in the real emulator, and
//! functions that run as they do on Lambda, one instance each.

pub mod clusters;
pub mod concurrency;
mod database;
pub mod events;
pub mod function;
mod gateway_event;
pub mod request;
mod tokens;
mod workers;

use std::sync::{Arc, LazyLock};

use axum::Router;
use ops::{
    admin_db::{AdminDb, literal},
    app_secret, schema,
};
use serde_json::{Value, json};
use shared::{
    App,
    clock::Clock,
    config::{Config, Login, Roots},
    signing::{SigningSecret, StripeSecret},
};
use uuid::Uuid;

use self::{database::Database, function::Function};
use crate::{
    issuer::{Issuer, KeySize, SigningKey},
    stack::{PASSWORDS, StackAddress, TEMPLATE},
    test_env,
};

/// The release of this checkout.
static RELEASE: LazyLock<String> = LazyLock::new(|| schema::sources().expect("the checkout is there").release.schema);

/// The key of each world's issuer: making one takes longer than most tests.
static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate("first", KeySize::Rsa2048).expect("a key of usual size"));

pub const AUDIENCE: &str = "https://api.test";
pub const CLAIMS_NAMESPACE: &str = "https://app.test";

/// The functions' secret on a stack of this machine.
pub fn local_secret(database_url: &str, webhook_secret: &str, encryption_keys: &Value) -> Value {
    let mut secret = app_secret::app_secret(database_url, webhook_secret, encryption_keys);
    for (login, password) in PASSWORDS {
        secret["passwords"][login.role()] = json!(password);
    }
    // Stripe's test mode.
    secret["stripe"] = json!({ "webhook_secrets": [app_secret::new_webhook_secret()], "livemode": false });
    secret
}

/// The environment of a function's process with these settings.
pub fn environment(config: Config) -> [(&'static str, String); 8] {
    [
        ("APP_SECRET_ID", config.secret_id),
        ("AUTH0_ISSUER", config.issuer),
        ("AUTH0_AUDIENCE", config.audience),
        ("AUTH0_JWKS_URL", config.jwks_url),
        ("AUTH0_CLAIMS_NAMESPACE", config.claims_namespace),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", config.secrets_endpoint_url.unwrap_or_default()),
        ("EVENT_BUS_NAME", config.event_bus_name.unwrap_or_default()),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", config.events_endpoint_url.unwrap_or_default()),
    ]
}

/// One test's world. Tests share the servers and nothing else. A clone is the same world, and may call another release.
/// Keep one of them as long as the database is used: it goes with the last.
#[derive(Clone)]
pub struct World {
    pub stack: StackAddress,
    pub database: String,
    /// The schema of the SQL functions that its functions call.
    pub release: String,
    pub issuer: Arc<Issuer>,
    pub key: SigningKey,
    pub clock: Clock,
    pub webhook_secret: SigningSecret,
    pub stripe_secret: StripeSecret,
    secret: Value,
    /// Dropped with the last clone.
    _database: Arc<Database>,
}

impl World {
    /// A world on the stack that `make test` has started.
    pub async fn new() -> Self {
        Self::on(test_env::shared_stack()).await
    }

    /// A world on another stack.
    pub async fn on(stack: StackAddress) -> Self {
        Self::copy_of(stack, TEMPLATE).await
    }

    /// A world with an empty database, on the stack that `make test` has started: nothing is migrated.
    pub async fn empty() -> Self {
        Self::copy_of(test_env::shared_stack(), "template0").await
    }

    /// A world with a copy of a database on this stack.
    pub async fn copy_of(stack: StackAddress, template: &str) -> Self {
        let database = Database::copied(stack, template).await;
        let key = KEY.clone();
        let webhook_secret = app_secret::new_webhook_secret();
        let secret = local_secret("", &webhook_secret, &app_secret::new_encryption_keys());
        let stripe_secret = secret["stripe"]["webhook_secrets"][0].as_str().unwrap_or_default();
        Self {
            issuer: Arc::new(Issuer::start(0, std::slice::from_ref(&key)).await.expect("a free port")),
            key,
            clock: Clock::default(),
            webhook_secret: SigningSecret::parse(&webhook_secret).expect("our own secret"),
            stripe_secret: StripeSecret::parse(stripe_secret).expect("our own secret"),
            secret,
            database: database.name.clone(),
            release: RELEASE.clone(),
            stack,
            _database: Arc::new(database),
        }
    }

    /// The same world, with a copy of its database as it is now.
    pub async fn copy(&self) -> Self {
        let mut admin = AdminDb::connect(&self.stack.direct_url("postgres")).await.expect("the stack runs");
        // What the pooler keeps open would be in the way.
        let open =
            format!("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{}'", self.database);
        admin.run(&open).await.expect("the superuser may");
        let database = Database::copied(self.stack, &self.database).await;
        Self { database: database.name.clone(), _database: Arc::new(database), ..self.clone() }
    }

    /// A new instance of a function, connected to the pooler.
    pub async fn function(&self, name: &'static str, routes: impl Into<Router<App>>) -> Function {
        self.function_through(self.stack.pgbouncer_port, name, routes).await
    }

    /// A new instance of a function that reaches its database through another port.
    pub async fn function_through(&self, port: u16, name: &'static str, routes: impl Into<Router<App>>) -> Function {
        let secret_id = self.put_secret(&self.secret(port)).await;
        Function::start(name, routes, Ok(self.config(&secret_id)), self.clock.clone()).await
    }

    /// The application's secret, with the database behind `port`.
    pub fn secret(&self, port: u16) -> Value {
        let mut secret = self.secret.clone();
        secret["database_url"] = json!(self.stack.pooled_url(port, &self.database));
        secret
    }

    /// Stores a secret under a new name, which it returns.
    pub async fn put_secret(&self, secret: &Value) -> String {
        let id = format!("test/{}", Uuid::new_v4().simple());
        self.replace_secret(&id, secret).await;
        id
    }

    pub async fn replace_secret(&self, id: &str, secret: &Value) {
        app_secret::put(&self.stack.secrets_url(), id, secret).await.expect("the emulator takes secrets");
    }

    pub fn config(&self, secret_id: &str) -> Config {
        Config {
            issuer: self.issuer.url(),
            audience: AUDIENCE.to_owned(),
            jwks_url: format!("{}.well-known/jwks.json", self.issuer.url()),
            claims_namespace: CLAIMS_NAMESPACE.to_owned(),
            secret_id: secret_id.to_owned(),
            secrets_endpoint_url: Some(self.stack.secrets_url()),
            secrets_roots: Roots::Amazon,
            event_bus_name: None,
            events_endpoint_url: None,
            release: self.release.clone(),
            login: Login::Api,
        }
    }

    /// Sets the database's clock to this expression, and makes partitions for readings of that time.
    pub async fn database_time_is(&self, expression: &str) {
        self.sql(&format!(
            "create or replace function app.now() returns timestamptz language sql stable parallel safe as $$ select {expression} $$"
        ))
        .await;
        // Also for months before the existing ones.
        self.sql(
            "do $$ begin for ahead in -2 .. 3 loop \
               call app.make_usage_partition( \
                 (date_trunc('month', app.now() at time zone 'UTC') + ahead * interval '1 month')::date); \
             end loop; end $$",
        )
        .await;
    }

    pub async fn add_cluster(&self, name: &str, max_users: u32) -> String {
        self.one(&format!(
            "insert into public.hopsworks_clusters (name, api_url, max_users) \
             values ('{name}', 'https://{name}.example.com', {max_users}) returning id"
        ))
        .await
    }

    /// `auth0|<name>` signs up, with the address `<name>@example.com`; the token.
    pub async fn sign_up(&self, name: &str) -> String {
        let (id, email) = (format!("auth0|{name}"), format!("{name}@example.com"));
        let login = json!({ "input": {
            "user_id": id,
            "email": email,
            "email_verified": true,
            "name": name,
            "logged_in_at": "2026-01-01T00:00:00Z",
        }});
        self.sql(&format!("select sync_user({}::jsonb)", literal(&login.to_string()))).await;
        self.token_with_email(&id, &email)
    }

    /// Makes `auth0|<name>` a member of `auth0|<owner>`'s account, as an accepted invite does.
    pub async fn join(&self, name: &str, owner: &str) {
        self.sql(&format!(
            "select set_membership('auth0|{name}', 'auth0|{owner}', 'test'); \
             select enqueue_for_seat('auth0|{name}'); select place_waiting()"
        ))
        .await;
    }

    /// An administrator without a seat (`auth0|admin`); the token.
    pub async fn add_administrator(&self) -> String {
        self.sql(
            "select create_user('{\"user_id\": \"auth0|admin\", \"logged_in_at\": \"2026-01-01T00:00:00Z\"}'); \
             insert into public.instances (user_id, instance_name, status) values ('auth0|admin', 'x', 'stopped'); \
             select promote_admin('auth0|admin')",
        )
        .await;
        self.token("auth0|admin")
    }

    /// Runs SQL as the superuser, who finds the functions of the release by their names alone.
    pub async fn sql(&self, sql: &str) {
        self.direct().await.run(sql).await.unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
    }

    /// The one value that a query returns, as text (`null` for null).
    pub async fn one(&self, sql: &str) -> String {
        let values = self.all(sql).await;
        assert_eq!(values.len(), 1, "one row from {sql}");
        values.into_iter().next().expect("one row")
    }

    /// The first column of a query, as texts.
    pub async fn all(&self, sql: &str) -> Vec<String> {
        let texts = self.direct().await.texts(sql).await.unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"));
        texts.into_iter().map(|text| text.unwrap_or_else(|| "null".to_owned())).collect()
    }

    pub async fn direct(&self) -> AdminDb {
        let mut direct = AdminDb::connect(&self.stack.direct_url(&self.database)).await.expect("the database is there");
        direct.run(&format!("set search_path = {}, public", self.release)).await.expect("a name of ours");
        direct
    }

    /// Fails the test if anything that must always hold does not.
    pub async fn assert_sound(&self) {
        let violations = self.all("select format('%s %s: %s', kind, id, detail) from app.invariant_violations").await;
        assert!(violations.is_empty(), "{violations:#?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_goes_with_the_last_clone_of_its_world_though_somebody_is_connected() {
        let (watcher, world) = (World::new().await, World::new().await);
        let count = format!("select count(*) from pg_database where datname = '{}'", world.database);
        let clone = world.clone();
        drop(world);
        clone.sql("select").await;
        let connected = clone.direct().await;
        drop(clone);
        let mut watching = watcher.direct().await;
        // It is dropped beside the tests.
        for _ in 0..20_000 {
            if watching.one_text(&count).await.expect("a number") == "0" {
                return drop(connected);
            }
        }
        panic!("the database is still there");
    }
}
