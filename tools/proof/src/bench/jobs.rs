//! The jobs that are measured, one per function: each as a request, and as the statement that it becomes.

use anyhow::{Result, anyhow, bail};
use axum::http::Method;
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde_json::json;

use super::good;
use contract::openapi;
use testkit::{Function, TestRequest, World, proxy::Proxy};

/// Who they are about; each has a seat, credits, and usage.
pub const PEOPLE: u64 = 1_000;
const FIRST_PERSON: u64 = 555_000;

/// What makes one request of a job another than the next: a person, and a number that never comes again.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    person: u64,
    nonce: u64,
}

impl Draw {
    /// The draw number `at`.
    pub fn number(at: u64) -> Self {
        Self { person: FIRST_PERSON + at * 7919 % PEOPLE, nonce: 100_000_000_000_000_000 + at }
    }

    /// Always six digits.
    pub fn person(self) -> String {
        format!("auth0|bench{}", self.person)
    }

    /// Always eighteen digits.
    pub fn nonce(self) -> String {
        self.nonce.to_string()
    }
}

/// One request, again and again.
#[derive(Clone, Copy)]
pub struct Job {
    pub function: &'static str,
    /// As the table calls it.
    pub what: &'static str,
    ask: fn(&Population, Draw) -> TestRequest,
    writes: bool,
}

pub const LOGIN: Job = Job { function: sync_user::NAME, what: "a login", ask: log_in, writes: true };
pub const SIGN_UP: Job = Job { function: sync_user::NAME, what: "sign-ups on one cluster", ask: sign_up, writes: true };
pub const USERS: Job = Job { function: admin_users::NAME, what: "a page of users", ask: list_users, writes: false };
pub const DEPLOYMENTS: Job =
    Job { function: assign_cluster::NAME, what: "her deployments", ask: list_deployments, writes: false };
pub const MEMBERS: Job = Job { function: team::NAME, what: "the members of a team", ask: list_members, writes: false };
pub const CREDITS: Job = Job { function: credits::NAME, what: "a balance", ask: get_credits, writes: false };
pub const READING: Job = Job { function: usage::NAME, what: "a reading", ask: record_usage, writes: true };

/// One for each function.
pub const JOBS: [Job; 6] = [LOGIN, USERS, DEPLOYMENTS, MEMBERS, CREDITS, READING];

/// A world with people in it.
pub struct Population {
    pub world: World,
    tokens: Vec<String>,
    admin: String,
    meter: String,
    began_at: DateTime<Utc>,
}

impl Population {
    pub async fn create(world: World) -> Self {
        let admin = world.add_administrator().await;
        world.add_cluster("demo", 100_000_000).await;
        world
            .sql(&format!(
                "select app.sync_user(jsonb_build_object('input', jsonb_build_object('user_id', 'auth0|bench' || n, \
                   'email', n || '@example.com', 'email_verified', true, 'name', 'Bench ' || n, \
                   'logged_in_at', '2026-01-01T00:00:00Z'))) from generate_series({FIRST_PERSON}, {}) n; \
                 insert into public.usage_rates values ('2026-01-01', 0.175, 2.5, 0.03, 'bench') on conflict do nothing; \
                 analyze public.users, public.user_hopsworks_assignments, public.instances, public.user_credits, \
                   public.account_memberships",
                FIRST_PERSON + PEOPLE - 1
            ))
            .await;
        let people = (0..PEOPLE).map(|number| format!("auth0|bench{}", FIRST_PERSON + number));
        let tokens = people.map(|id| world.token(&id)).collect();
        let (meter, began_at) = (world.machine_token(&["usage:write"]), world.clock.now());
        Self { world, tokens, admin, meter, began_at }
    }

    fn token(&self, draw: Draw) -> &str {
        let number = usize::try_from(draw.person - FIRST_PERSON).unwrap_or_default();
        &self.tokens[number]
    }

    pub fn ask(&self, job: Job, at: u64) -> TestRequest {
        (job.ask)(self, Draw::number(at))
    }

    /// An instance of the job's function inside this process.
    pub async fn function(&self, job: Job, port: u16) -> Function {
        let routes = openapi::functions().into_iter().find(|(name, _)| *name == job.function);
        let (name, routes) = routes.expect("a job's function is one of ours");
        self.world.function_through(port, name, routes).await
    }

    /// How many round trips a warm request makes, and the statement that it sends as a script for pgbench, which
    /// draws persons and numbers as we do.
    pub async fn statement(&self, job: Job) -> Result<(u64, String)> {
        let proxy = Proxy::start(self.world.stack.pgbouncer_port).await?;
        let function = self.function(job, proxy.port()).await;
        let mark = 999_777;
        good(function.send(self.ask(job, mark - 1)).await)?;
        let before = proxy.round_trips();
        good(function.send(self.ask(job, mark)).await)?;
        let round_trips = proxy.round_trips() - before;
        let statement = proxy.last_statement().ok_or_else(|| anyhow!("a call is one simple query"))?;
        Ok((round_trips as u64, script(&statement, Draw::number(mark), job.writes)?))
    }
}

/// Puts pgbench's variables where the digits of a draw are. Digits are `3d` in hexadecimal, so that a number can
/// be written as one.
fn script(statement: &str, draw: Draw, writes: bool) -> Result<String> {
    let hex = |text: &str| HEXLOWER.encode(text.as_bytes());
    let (person, nonce) = (draw.person.to_string(), draw.nonce());
    if writes && !statement.contains(&hex(&nonce)) {
        bail!("a write that is the same each time would only be repeated");
    }
    let statement = statement.replace(&hex(&person), "' || :person || '");
    let statement = statement.replace(&hex(&nonce), "' || :high || :low || '");
    let digits = |variable: &str, count: u32| -> String {
        let each = (0..count).map(|at| format!("(:{variable} / {} % 10) * {}", 10_u64.pow(at), 100_u64.pow(at)));
        let zeros = (0..count).map(|at| 30 * 100_u64.pow(at)).sum::<u64>();
        format!("{zeros} + {}", each.collect::<Vec<_>>().join(" + "))
    };
    Ok(format!(
        "\\set n random({FIRST_PERSON}, {last})\n\\set a random(200000000, 999999999)\n\\set b random(0, 999999999)\n\
         \\set person {}\n\\set high {}\n\\set low {}\n{statement};\n",
        digits("n", 6),
        digits("a", 9),
        digits("b", 9),
        last = FIRST_PERSON + PEOPLE - 1,
    ))
}

fn login(population: &Population, user: &str, webhook_id: &str) -> TestRequest {
    let body = json!({ "user_id": user, "name": "Bench", "logged_in_at": population.began_at });
    TestRequest::post("/api/auth/sync-user").json(&body).signed_as(&population.world, webhook_id)
}

fn log_in(population: &Population, draw: Draw) -> TestRequest {
    login(population, &draw.person(), &format!("msg_{}", draw.nonce()))
}

fn sign_up(population: &Population, draw: Draw) -> TestRequest {
    login(population, &format!("auth0|new{}", draw.nonce()), &format!("msg_new_{}", draw.nonce()))
}

fn list_users(population: &Population, _: Draw) -> TestRequest {
    TestRequest::get("/api/admin/users?limit=50").bearer(&population.admin)
}

fn list_deployments(population: &Population, draw: Draw) -> TestRequest {
    TestRequest::get("/api/clusters").bearer(population.token(draw))
}

fn list_members(population: &Population, draw: Draw) -> TestRequest {
    TestRequest::new(Method::GET, "/api/team/members").bearer(population.token(draw))
}

fn get_credits(population: &Population, draw: Draw) -> TestRequest {
    TestRequest::get("/api/credits").bearer(population.token(draw))
}

fn record_usage(population: &Population, draw: Draw) -> TestRequest {
    let yesterday = (population.began_at - chrono::Days::new(1)).date_naive();
    let reading = json!({
        "source": format!("bench-{}", draw.nonce()),
        "user_id": draw.person(),
        "window_start": format!("{yesterday}T10:00:00Z"),
        "window_end": format!("{yesterday}T11:00:00Z"),
        "cpu_hours": "1.5",
        "gpu_hours": "0",
        "storage_gb": "2",
    });
    TestRequest::post("/api/usage").bearer(&population.meter).json(&json!({ "readings": [reading] }))
}
