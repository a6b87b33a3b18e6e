//! The jobs that are measured, one per function: each as a request, and as the statement that it becomes.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde_json::json;

use crate::lambda::Program;
use contract::openapi;
use testkit::{Function, TestRequest, TestResponse, World, proxy::Proxy, stack::Stack};

/// The users that the requests are about; each has a seat and credits.
const USERS: u64 = 1_000;
const FIRST_USER: u64 = 555_000;

/// The number of a request's user; the id ends with its six digits.
fn user(at: u64) -> u64 {
    FIRST_USER + at * 7919 % USERS
}

/// A number of eighteen digits that one request alone has.
fn nonce(at: u64) -> u64 {
    100_000_000_000_000_000 + at
}

/// A kind of request.
#[derive(Clone, Copy)]
pub struct Job {
    pub function: &'static str,
    /// As the page calls it.
    pub what: &'static str,
    /// Each number makes another one.
    request: fn(&Setup<'_>, u64) -> TestRequest,
}

const fn job(function: &'static str, what: &'static str, request: fn(&Setup<'_>, u64) -> TestRequest) -> Job {
    Job { function, what, request }
}

pub const HELLO: Job = job("hello", "hello-world", |_, _| TestRequest::get("/"));
pub const LOGIN: Job = job(sync_user::NAME, "a login", log_in);
pub const SIGN_UP: Job = job(sync_user::NAME, "sign-ups on one cluster", sign_up);
pub const LIST_USERS: Job = job(admin_users::NAME, "a page of users", |setup, _| {
    TestRequest::get("/api/admin/users?limit=50").bearer(&setup.admin)
});
pub const CREDITS: Job = job(credits::NAME, "a balance", |setup, at| setup.get("/api/credits", at));
pub const READING: Job = job(usage::NAME, "a reading", record_usage);

/// One for each function.
pub const JOBS: [Job; 6] = [
    LOGIN,
    LIST_USERS,
    job(assign_cluster::NAME, "a user's deployments", |setup, at| setup.get("/api/clusters", at)),
    job(team::NAME, "the members of a team", |setup, at| setup.get("/api/team/members", at)),
    CREDITS,
    READING,
];

/// What a section is measured on: a world with users in it, on a stack that nothing else uses.
pub struct Setup<'a> {
    pub stack: &'a Stack,
    pub world: World,
    /// The pooler's.
    pub port: u16,
    tokens: Vec<String>,
    admin: String,
    meter: String,
    began_at: DateTime<Utc>,
}

impl<'a> Setup<'a> {
    pub async fn create(stack: &'a Stack) -> Self {
        let world = World::on(stack.address).await;
        let admin = world.add_administrator().await;
        world.add_cluster("demo", 100_000_000).await;
        world
            .sql(&format!(
                "select sync_user(jsonb_build_object('input', jsonb_build_object('user_id', 'auth0|bench' || n, \
                   'email', n || '@example.com', 'email_verified', true, 'name', 'Bench ' || n, \
                   'logged_in_at', '2026-01-01T00:00:00Z'))) from generate_series({FIRST_USER}, {}) n; \
                 insert into app.usage_rates values ('2026-01-01', 0.175, 2.5, 0.03, 'bench') on conflict do nothing; \
                 analyze",
                FIRST_USER + USERS - 1
            ))
            .await;
        let tokens = (0..USERS).map(|number| world.token(&format!("auth0|bench{}", FIRST_USER + number))).collect();
        let (meter, began_at) = (world.machine_token(&["usage:write"]), world.clock.now());
        Self { stack, port: world.stack.pgbouncer_port, world, tokens, admin, meter, began_at }
    }

    /// What the user asks for.
    fn get(&self, path: &str, at: u64) -> TestRequest {
        TestRequest::get(path).bearer(&self.tokens[(user(at) - FIRST_USER) as usize])
    }

    pub fn request(&self, job: Job, at: u64) -> TestRequest {
        (job.request)(self, at)
    }

    /// An instance of the job's function inside this process.
    pub async fn function(&self, job: Job, port: u16) -> Function {
        let routes = openapi::functions().into_iter().find(|(name, _)| *name == job.function);
        let (name, routes) = routes.expect("a job's function is one of ours");
        self.world.function_through(port, name, routes).await
    }

    /// The job's function as it is released, which reaches its database through `port`.
    pub async fn program(&self, job: Job, port: u16) -> Program {
        Program::released(job.function).in_world(&self.world, port).await
    }

    /// How many round trips a warm request makes, and the statement that it sends, as a script for pgbench, which draws
    /// users and numbers as we do.
    pub async fn statement(&self, job: Job) -> Result<(u64, String)> {
        let proxy = Proxy::start(self.port).await?;
        let function = self.function(job, proxy.port).await;
        let mark = 999_777;
        succeeded(function.send(self.request(job, mark - 1)).await)?;
        let before = proxy.round_trips();
        let request = self.request(job, mark);
        let is_write = !request.method.is_safe();
        succeeded(function.send(request).await)?;
        let round_trips = proxy.round_trips() - before;
        let statement = proxy.last_statement().context("a call is one simple query")?;
        if is_write && !statement.contains(&hex(nonce(mark))) {
            bail!("the same write each time would only be a repetition");
        }
        Ok((round_trips as u64, script(&statement, mark)))
    }
}

pub fn succeeded(answer: TestResponse) -> Result<()> {
    if answer.status < 300 { Ok(()) } else { bail!("{}: {:.300}", answer.status, answer.text) }
}

fn hex(number: u64) -> String {
    HEXLOWER.encode(number.to_string().as_bytes())
}

/// Lets pgbench draw the number of the request, and the last digits of its user's. The statement has its arguments in
/// hexadecimal, where the digit `d` is `3d`. The text is cut after the variables, whose names would go on otherwise.
fn script(statement: &str, at: u64) -> String {
    let draws: String = (0..18).map(|digit| format!("\\set d{digit} random(30, 39)\n")).collect();
    let drawn = |digits| (0..digits).map(|digit| format!(":d{digit}")).collect::<String>() + "' || '";
    let user_drawn = hex(FIRST_USER / USERS) + &drawn(3);
    let statement = statement.replace(&hex(user(at)), &user_drawn).replace(&hex(nonce(at)), &drawn(18));
    format!("{draws}{statement};\n")
}

fn login(setup: &Setup<'_>, user: &str, webhook_id: &str) -> TestRequest {
    let body = json!({ "user_id": user, "name": "Bench", "logged_in_at": setup.began_at });
    TestRequest::post("/api/auth/sync-user").json(&body).signed_as(&setup.world, webhook_id)
}

fn log_in(setup: &Setup<'_>, at: u64) -> TestRequest {
    login(setup, &format!("auth0|bench{}", user(at)), &format!("msg_{}", nonce(at)))
}

fn sign_up(setup: &Setup<'_>, at: u64) -> TestRequest {
    login(setup, &format!("auth0|new{}", nonce(at)), &format!("msg_new_{}", nonce(at)))
}

fn record_usage(setup: &Setup<'_>, at: u64) -> TestRequest {
    let yesterday = (setup.began_at - chrono::Days::new(1)).date_naive();
    let reading = json!({
        "source": "bench",
        "user_id": format!("auth0|bench{}", user(at)),
        "project": nonce(at).to_string(),
        "window_start": format!("{yesterday}T10:00:00Z"),
        "window_end": format!("{yesterday}T11:00:00Z"),
        "cpu_hours": "1.5",
        "gpu_hours": "0",
        "storage_gb": "2",
    });
    TestRequest::post("/api/usage").bearer(&setup.meter).json(&json!({ "readings": [reading] }))
}
