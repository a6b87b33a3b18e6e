//! The whole back office on this machine: the stack, an issuer, and the functions under the gateway.

use std::{fs, path::Path, time::Duration};

use anyhow::Result;
use ops::{
    admin_db::AdminDb,
    app_secret,
    environment::{self, AUDIENCE, CLAIMS_NAMESPACE, Environment, SECRET_ID},
    progress::step,
    schema,
};
use serde_json::{Value, json};
use shared::clock::Clock;
use testkit::{
    Gateway, event_bus,
    issuer::{Issuer, SigningKey},
    process::{Claim, Port, Process, Signal},
    programs,
    stack::Stack,
};

use crate::{
    clusters::Clusters,
    edge::{self, Functions},
    gateway, people,
};

const STOP_GRACE: Duration = Duration::from_secs(5);
const DATABASE: &str = "postgres_back_office";
const EVENT_BUS: &str = "back-office";
/// So that the tokens in `.local/env` outlive a long session of `make dev`.
const TOKEN_LIFE_S: i64 = 30 * 24 * 3600;

/// An administrator to begin with, without a seat.
const ADD_ADMINISTRATOR: &str = "\
    select create_user('{\"user_id\": \"auth0|admin\", \"email\": \"admin@example.com\", \"email_verified\": true, \
                             \"name\": \"Ada Administrator\", \"logged_in_at\": \"2026-01-01T00:00:00Z\"}') \
    where not exists (select from public.users where id = 'auth0|admin'); \
    insert into public.instances (user_id, instance_name, status) \
    values ('auth0|admin', app.instance_name('auth0|admin'), 'stopped') on conflict do nothing; \
    select promote_admin('auth0|admin') \
    where not exists (select from public.users where id = 'auth0|admin' and is_admin)";

/// A running back office. `stop` ends it in order; dropping it kills it.
pub struct DevStack {
    pub environment: Environment,
    stack: Stack,
    gateway: Process,
    pub clusters: Clusters,
    _edge: Gateway<Functions>,
    _issuer: Issuer,
}

impl DevStack {
    /// Builds the functions and starts everything in `home`, on the usual ports or, if they are taken, on others; the
    /// gateway with these options, for a web app at this origin.
    pub async fn start(home: &Path, options: &[&str], web_app: &str) -> Result<Self> {
        let workspace = schema::checkout();
        step("building the functions");
        // Compiling and installing can go on at once.
        tokio::try_join!(gateway::build(&workspace), programs::find_or_install(&workspace))?;
        step("starting PostgreSQL, PgBouncer and Secrets Manager");
        // Before the ports are chosen: processes of a crashed run may still hold the usual ones.
        let claim = Claim::of(home)?;
        let (gateway_port, issuer_port) = (Port::reserve(9000)?, Port::reserve(9001)?);
        let inner_port = Port::reserve(0)?;
        let stack = Stack::start(claim, home, [5433, 6543, 5001], DATABASE).await?;
        let key = SigningKey::load_or_create(&environment::issuer_key_file())?;
        let issuer = Issuer::start_for(people::web_app(web_app), issuer_port, &key, Clock::System).await?;
        let webhook_secret = app_secret::new_webhook_secret();

        let mut environment = environment_of(&stack, &issuer, &key, &webhook_secret);
        environment.set("API_URL", format!("http://127.0.0.1:{}", gateway_port.number));
        environment.set("SYNC_USER_URL", format!("http://127.0.0.1:{}/api/auth/sync-user", gateway_port.number));
        let database_url = environment.get("POOLED_URL")?.to_owned();
        let keys = load_or_create_encryption_keys(home)?;
        let secret = testkit::world::local_secret(&database_url, &webhook_secret, &keys);
        app_secret::put(&stack.address.secrets_url(), SECRET_ID, &secret).await?;
        let stripe_secret = secret["stripe"]["webhook_secrets"][0].as_str().unwrap_or_default();
        environment.set("STRIPE_WEBHOOK_SECRET", stripe_secret);
        event_bus::make(&stack.address.secrets_url(), EVENT_BUS).await?;
        let release = schema::sources()?.release.schema;
        let mut database = AdminDb::connect(environment.get("DIRECT_URL")?).await?;
        database.run(&format!("set search_path = {release}; {ADD_ADMINISTRATOR}")).await?;

        step("starting the functions");
        let inner_port = inner_port.release();
        let gateway = gateway::start(&stack, inner_port, &environment, options).await?;
        let edge = edge::start(gateway_port.release(), inner_port, web_app).await?;
        let clusters = Clusters::start(home, inner_port).await?;
        Ok(Self { environment, stack, gateway, clusters, _edge: edge, _issuer: issuer })
    }

    pub fn log(&self) -> &Path {
        self.gateway.log()
    }

    /// Ends everything and keeps the data.
    pub async fn stop(self) {
        drop(self.clusters);
        self.gateway.stop(Signal::SIGINT, STOP_GRACE).await;
        self.stack.stop().await;
    }
}

/// The database is kept and the emulator forgets: the next start needs the keys that the data is encrypted with.
fn load_or_create_encryption_keys(home: &Path) -> Result<Value> {
    let file = home.join("encryption-keys.json");
    if let Some(keys) = fs::read_to_string(&file).ok().and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok(keys);
    }
    let keys = app_secret::new_encryption_keys();
    environment::write_secret(&file, &keys.to_string())?;
    Ok(keys)
}

fn environment_of(stack: &Stack, issuer: &Issuer, key: &SigningKey, webhook_secret: &str) -> Environment {
    let (mut environment, address) = (Environment::default(), stack.address);
    let credentials = environment::emulator_credentials().map(|(name, value)| (name, value.to_owned()));
    for (name, value) in credentials.into_iter().chain([
        ("DIRECT_URL", address.direct_url(DATABASE)),
        ("POOLED_URL", address.pooled_url(address.pgbouncer_port, DATABASE)),
        ("AUTH0_ISSUER", issuer.url()),
        ("AUTH0_JWKS_URL", format!("{}.well-known/jwks.json", issuer.url())),
        ("AUTH0_AUDIENCE", AUDIENCE.to_owned()),
        ("AUTH0_CLAIMS_NAMESPACE", CLAIMS_NAMESPACE.to_owned()),
        ("CLAIMS_NAMESPACE", CLAIMS_NAMESPACE.to_owned()),
        ("APP_SECRET_ID", SECRET_ID.to_owned()),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", address.secrets_url()),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", address.secrets_url()),
        ("EVENT_BUS_NAME", EVENT_BUS.to_owned()),
        ("WEBHOOK_SECRET", webhook_secret.to_owned()),
    ]) {
        environment.set(name, value);
    }
    for (variable, person) in ["ADMIN", "ANN", "BOB"].into_iter().zip(people::known()) {
        environment.set(&format!("{variable}_TOKEN"), long_lived(key, people::claims(&issuer.url(), &person)));
    }
    let mut meter = people::claims_of(&issuer.url(), "meter@clients");
    meter["permissions"] = json!(["usage:write", "credits:write"]);
    environment.set("METER_TOKEN", long_lived(key, meter));
    environment
}

fn long_lived(key: &SigningKey, mut claims: Value) -> String {
    claims["exp"] = json!(claims["iat"].as_i64().unwrap_or_default() + TOKEN_LIFE_S);
    key.sign(&claims)
}
