//! The jobs that are measured, one per function: each as a request, and as the statement that it becomes.

use anyhow::{Result, anyhow, bail};
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde_json::json;

use contract::openapi;
use testkit::{Function, TestRequest, TestResponse, World, proxy::Proxy};

/// The users that the requests are about; each has a seat and credits.
const USERS: u64 = 1_000;
const FIRST_USER: u64 = 555_000;

/// What makes each request of a job a new one: a user, and a number that is used once.
#[derive(Clone, Copy, Debug)]
struct Draw {
    user: u64,
    nonce: u64,
}

impl Draw {
    fn number(at: u64) -> Self {
        Self { user: FIRST_USER + at * 7919 % USERS, nonce: 100_000_000_000_000_000 + at }
    }

    /// The id, which ends with six digits.
    fn user(self) -> String {
        format!("auth0|bench{}", self.user)
    }

    /// Always eighteen digits.
    fn nonce(self) -> String {
        self.nonce.to_string()
    }
}

/// A kind of request.
#[derive(Clone, Copy)]
pub struct Job {
    pub function: &'static str,
    /// As the page calls it.
    pub what: &'static str,
    request: fn(&Population, Draw) -> TestRequest,
    writes: bool,
}

impl Job {
    const fn reads(function: &'static str, what: &'static str, request: fn(&Population, Draw) -> TestRequest) -> Self {
        Self { function, what, request, writes: false }
    }

    const fn writes(self) -> Self {
        Self { writes: true, ..self }
    }
}

pub const HELLO: Job = Job::reads("hello", "hello-world", |_, _| TestRequest::get("/"));
pub const LOGIN: Job = Job::reads(sync_user::NAME, "a login", log_in).writes();
pub const SIGN_UP: Job = Job::reads(sync_user::NAME, "sign-ups on one cluster", sign_up).writes();
pub const LIST_USERS: Job = Job::reads(admin_users::NAME, "a page of users", |population, _| {
    TestRequest::get("/api/admin/users?limit=50").bearer(&population.admin)
});
pub const DEPLOYMENTS: Job = Job::reads(assign_cluster::NAME, "a user's deployments", |population, draw| {
    TestRequest::get("/api/clusters").bearer(population.token(draw))
});
pub const MEMBERS: Job = Job::reads(team::NAME, "the members of a team", |population, draw| {
    TestRequest::get("/api/team/members").bearer(population.token(draw))
});
pub const CREDITS: Job = Job::reads(credits::NAME, "a balance", |population, draw| {
    TestRequest::get("/api/credits").bearer(population.token(draw))
});
pub const READING: Job = Job::reads(usage::NAME, "a reading", record_usage).writes();

/// One for each function.
pub const JOBS: [Job; 6] = [LOGIN, LIST_USERS, DEPLOYMENTS, MEMBERS, CREDITS, READING];

/// A world with users in it.
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
                   'logged_in_at', '2026-01-01T00:00:00Z'))) from generate_series({FIRST_USER}, {}) n; \
                 insert into public.usage_rates values ('2026-01-01', 0.175, 2.5, 0.03, 'bench') on conflict do nothing; \
                 analyze public.users, public.user_hopsworks_assignments, public.instances, public.user_credits, \
                   public.account_memberships",
                FIRST_USER + USERS - 1
            ))
            .await;
        let tokens = (0..USERS).map(|number| world.token(&format!("auth0|bench{}", FIRST_USER + number))).collect();
        let (meter, began_at) = (world.machine_token(&["usage:write"]), world.clock.now());
        Self { world, tokens, admin, meter, began_at }
    }

    fn token(&self, draw: Draw) -> &str {
        let number = usize::try_from(draw.user - FIRST_USER).unwrap_or_default();
        &self.tokens[number]
    }

    pub fn request(&self, job: Job, at: u64) -> TestRequest {
        (job.request)(self, Draw::number(at))
    }

    /// An instance of the job's function inside this process.
    pub async fn function(&self, job: Job, port: u16) -> Function {
        let routes = openapi::functions().into_iter().find(|(name, _)| *name == job.function);
        let (name, routes) = routes.expect("a job's function is one of ours");
        self.world.function_through(port, name, routes).await
    }

    /// How many round trips a warm request makes, and the statement that it sends, as a script for pgbench, which draws
    /// users and numbers as we do.
    pub async fn statement(&self, job: Job) -> Result<(u64, String)> {
        let proxy = Proxy::start(self.world.stack.pgbouncer_port).await?;
        let function = self.function(job, proxy.port).await;
        let mark = 999_777;
        succeeded(function.send(self.request(job, mark - 1)).await)?;
        let before = proxy.round_trips();
        succeeded(function.send(self.request(job, mark)).await)?;
        let round_trips = proxy.round_trips() - before;
        let statement = proxy.last_statement().ok_or_else(|| anyhow!("a call is one simple query"))?;
        Ok((round_trips as u64, script(&statement, Draw::number(mark), job.writes)?))
    }
}

/// # Errors
/// When the request was refused.
pub fn succeeded(answer: TestResponse) -> Result<()> {
    if answer.status < 300 { Ok(()) } else { bail!("{}: {:.300}", answer.status, answer.text) }
}

/// Puts pgbench's variables where the digits of a draw are. The statement has its arguments in hexadecimal, where the
/// digit `d` is `3d`: so pgbench can compute them.
fn script(statement: &str, draw: Draw, writes: bool) -> Result<String> {
    let hex = |text: &str| HEXLOWER.encode(text.as_bytes());
    let (user, nonce) = (draw.user.to_string(), draw.nonce());
    if writes && !statement.contains(&hex(&nonce)) {
        bail!("the same write each time would only be a repetition");
    }
    let statement = statement.replace(&hex(&user), "' || :user || '");
    let statement = statement.replace(&hex(&nonce), "' || :high || :low || '");
    let digits = |variable: &str, count: u32| -> String {
        let each = (0..count).map(|at| format!("(:{variable} / {} % 10) * {}", 10_u64.pow(at), 100_u64.pow(at)));
        let zeros = (0..count).map(|at| 30 * 100_u64.pow(at)).sum::<u64>();
        format!("{zeros} + {}", each.collect::<Vec<_>>().join(" + "))
    };
    Ok(format!(
        "\\set n random({FIRST_USER}, {last})\n\\set a random(200000000, 999999999)\n\\set b random(0, 999999999)\n\
         \\set user {}\n\\set high {}\n\\set low {}\n{statement};\n",
        digits("n", 6),
        digits("a", 9),
        digits("b", 9),
        last = FIRST_USER + USERS - 1,
    ))
}

fn login(population: &Population, user: &str, webhook_id: &str) -> TestRequest {
    let body = json!({ "user_id": user, "name": "Bench", "logged_in_at": population.began_at });
    TestRequest::post("/api/auth/sync-user").json(&body).signed_as(&population.world, webhook_id)
}

fn log_in(population: &Population, draw: Draw) -> TestRequest {
    login(population, &draw.user(), &format!("msg_{}", draw.nonce()))
}

fn sign_up(population: &Population, draw: Draw) -> TestRequest {
    login(population, &format!("auth0|new{}", draw.nonce()), &format!("msg_new_{}", draw.nonce()))
}

fn record_usage(population: &Population, draw: Draw) -> TestRequest {
    let yesterday = (population.began_at - chrono::Days::new(1)).date_naive();
    let reading = json!({
        "source": format!("bench-{}", draw.nonce()),
        "user_id": draw.user(),
        "window_start": format!("{yesterday}T10:00:00Z"),
        "window_end": format!("{yesterday}T11:00:00Z"),
        "cpu_hours": "1.5",
        "gpu_hours": "0",
        "storage_gb": "2",
    });
    TestRequest::post("/api/usage").bearer(&population.meter).json(&json!({ "readings": [reading] }))
}
