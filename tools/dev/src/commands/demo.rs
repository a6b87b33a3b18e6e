//! `make demo`: the story of logins, a team, its bill, seats and administrators through real HTTP, every request and
//! answer shown.

mod administration;
mod money;

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context, Result, anyhow, bail};
use ops::{progress::step, schema};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use testkit::{programs, stack::with_home};
use tokio::process::Command;

use crate::{dev_stack::DevStack, gateway::Reload};

pub async fn run() -> Result<()> {
    with_home("demo", tell).await?;
    step("\nThat was the story. Next: `make dev` keeps the stack up for you, `make test` runs all tests.");
    Ok(())
}

async fn tell(home: &Path) -> Result<()> {
    let node = programs::node(&schema::checkout()).await?;
    let site = DevStack::start(home, Reload::Never).await?;
    let story = Story { site: &site, node, client: reqwest::Client::new(), chapters: AtomicU32::new(0) };
    let told = story.tell().await;
    if told.is_err() {
        step(&std::fs::read_to_string(site.log()).unwrap_or_default());
    }
    site.stop().await;
    told
}

struct Story<'a> {
    site: &'a DevStack,
    node: PathBuf,
    client: reqwest::Client,
    chapters: AtomicU32,
}

impl Story<'_> {
    async fn tell(&self) -> Result<()> {
        self.logins().await?;
        self.team().await?;
        self.money().await?;
        self.seats().await?;
        self.administration().await
    }

    async fn logins(&self) -> Result<()> {
        self.chapter("Ann logs in before there is any cluster: the login succeeds, and Ann waits.")?;
        let ann = self.log_in("auth0|ann", "ann@example.com", "Ann Example").await?;
        expect(&ann["waiting_since"], Value::is_string, "Ann waits")?;

        self.chapter("An administrator adds a cluster with two seats. Its key is stored encrypted and never shown.")?;
        let cluster = json!({
            "name": "demo",
            "api_url": "https://demo.hops.example",
            "api_key": "key-of-the-demo-cluster",
            "max_users": 2,
        });
        let cluster = self.call("POST", "/api/admin/hopsworks-clusters", "ADMIN_TOKEN", Some(&cluster)).await?;
        expect(&cluster["current_users"], |users| users == 1, "Ann, who waited, has a seat already")?;

        self.chapter("Ann logs in again, through the Auth0 Action.")?;
        let ann = self.log_in("auth0|ann", "ann@example.com", "Ann Example").await?;
        expect(&ann["assignment"]["cluster_name"], |name| name == "demo", "Ann sits on demo")?;
        expect(&ann["login_count"], |count| count == 2, "two logins are counted")?;

        self.chapter("Bob's login does not reach the Action; the web app reports it with his token.")?;
        let bob = self.call("POST", "/api/auth/sync-user", "BOB_TOKEN", None).await?;
        expect(&bob["assignment"]["cluster_name"], |name| name == "demo", "Bob sits on demo")?;

        self.chapter("Someone with Ann's address under another identity gets a clear refusal, and no account.")?;
        let refused = self.action("google-oauth2|999", "ANN@example.com", "Not Ann").await?;
        expect(&refused["response"]["status"], |status| status == 409, "the API refuses the address")
    }

    async fn team(&self) -> Result<()> {
        self.chapter("Ann invites Bob into her team. The token is in this answer and nowhere else.")?;
        let invited = json!({ "email": "bob@example.com" });
        let invite = self.call("POST", "/api/team/invites", "ANN_TOKEN", Some(&invited)).await?;
        expect(&invite["status"], |status| status == "open", "the invite is open for seven days")?;

        self.chapter("Bob accepts. His verified address is the invited one, and he sits beside Ann already.")?;
        let token = json!({ "token": invite["token"] });
        let bob = self.call("POST", "/api/team/invites/accept", "BOB_TOKEN", Some(&token)).await?;
        expect(&bob["account_owner_id"], |owner| owner == "auth0|ann", "Ann's account pays for Bob from now on")?;
        let again = self.call("POST", "/api/team/invites/accept", "BOB_TOKEN", Some(&token)).await?;
        expect(&again["code"], |code| code == "invite_used", "an invite is good once")?;

        self.chapter("What the web app shows Bob: his owner, and no credits of his own.")?;
        let me = self.call("GET", "/api/auth/me", "BOB_TOKEN", None).await?;
        expect(&me["credits"], Value::is_null, "members do not see billing")
    }

    async fn seats(&self) -> Result<()> {
        self.chapter("Carol comes third, and there are two seats: Carol waits, and nobody is seated twice.")?;
        let carol = self.log_in("auth0|carol", "carol@example.com", "Carol Example").await?;
        expect(&carol["assignment"], Value::is_null, "Carol has no seat yet")?;

        self.chapter("A second cluster, and Carol has a seat in the same statement.")?;
        let cluster = json!({ "name": "second", "api_url": "https://second.hops.example", "max_users": 3 });
        let second = self.call("POST", "/api/admin/hopsworks-clusters", "ADMIN_TOKEN", Some(&cluster)).await?;
        expect(&second["current_users"], |users| users == 1, "Carol sits on second")?;

        self.chapter("The administrator moves Ann. Bob moves along: a team sits together, or not at all.")?;
        let to = json!({ "user_id": "auth0|ann", "cluster_id": second["id"] });
        let ann = self.call("POST", "/api/clusters/assign", "ADMIN_TOKEN", Some(&to)).await?;
        expect(&ann["assignment"]["cluster_name"], |name| name == "second", "Ann sits on second")?;
        let bob = self.call("GET", "/api/auth/me", "BOB_TOKEN", None).await?;
        expect(&bob["assignment"]["cluster_name"], |name| name == "second", "and so does Bob")?;

        self.chapter(
            "A cluster cannot have fewer seats than users. The list shows which seats are taken and which are free.",
        )?;
        let path = format!("/api/admin/hopsworks-clusters/{}", second["id"].as_str().unwrap_or_default());
        let refused = self.call("PATCH", &path, "ADMIN_TOKEN", Some(&json!({ "max_users": 2 }))).await?;
        expect(&refused["code"], |code| code == "seats_in_use", "three users sit there")?;
        let list = self.call("GET", "/api/admin/hopsworks-clusters", "ADMIN_TOKEN", None).await?;
        expect(&list["waiting_users"], |waiting| waiting == 0, "nobody waits")
    }

    fn chapter(&self, title: &str) -> Result<()> {
        let number = self.chapters.fetch_add(1, Ordering::Relaxed) + 1;
        say(&format!("\n{number}. {title}"))
    }

    /// A login through the real Action; the user as the API answers.
    async fn log_in(&self, sub: &str, email: &str, name: &str) -> Result<Value> {
        let login = self.action(sub, email, name).await?;
        expect(&login["response"]["status"], |status| status == 200, "the login is stored")?;
        Ok(login["response"]["body"].clone())
    }

    async fn action(&self, sub: &str, email: &str, name: &str) -> Result<Value> {
        let output = Command::new(&self.node)
            .args(["auth0/simulate-login.js", "--sub", sub, "--email", email, "--name", name])
            .current_dir(schema::checkout())
            .envs(self.site.environment.pairs())
            .output()
            .await
            .context("running the Action")?;
        let login: Value = serde_json::from_slice(&output.stdout)
            .map_err(|_| anyhow!("the Action: {}", String::from_utf8_lossy(&output.stderr)))?;
        show("POST /api/auth/sync-user, signed by the Action", &login["request"]["body"])?;
        show(
            &format!("answer {}, the Action says {}", login["response"]["status"], login["decision"]),
            &login["response"]["body"],
        )?;
        Ok(login)
    }

    async fn call(&self, method: &str, path: &str, token: &str, body: Option<&Value>) -> Result<Value> {
        let what = format!("{method} {path} with ${token}");
        self.send(&what, self.request(method, path, token)?, body).await
    }

    /// A money write: it is done once, however often it is sent under this key.
    async fn call_under_key(&self, path: &str, token: &str, key: &str, body: &Value) -> Result<Value> {
        let what = format!("POST {path} with ${token} and Idempotency-Key: {key}");
        self.send(&what, self.request("POST", path, token)?.header("idempotency-key", key), Some(body)).await
    }

    fn request(&self, method: &str, path: &str, token: &str) -> Result<RequestBuilder> {
        let environment = &self.site.environment;
        let method = method.parse().map_err(|_| anyhow!("a method"))?;
        let url = format!("{}{path}", environment.get("API_URL")?);
        Ok(self.client.request(method, url).bearer_auth(environment.get(token)?))
    }

    async fn send(&self, what: &str, request: RequestBuilder, body: Option<&Value>) -> Result<Value> {
        let request = match body {
            Some(body) => {
                show(what, body)?;
                request.header("content-type", "application/json").body(body.to_string())
            }
            None => {
                say(&format!("   > {what}"))?;
                request
            }
        };
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        let body: Value =
            serde_json::from_slice(&body).map_err(|_| anyhow!("{status}: {}", String::from_utf8_lossy(&body)))?;
        show(&format!("answer {}", status.as_u16()), &body)?;
        Ok(body)
    }
}

fn show(what: &str, body: &Value) -> Result<()> {
    let text = serde_json::to_string_pretty(body)?;
    say(&format!("   > {what}\n     {}", text.replace('\n', "\n     ")))
}

/// The story goes to standard output; progress and errors do not.
fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}").context("printing the story")
}

fn expect(value: &Value, holds: impl Fn(&Value) -> bool, what: &str) -> Result<()> {
    if !holds(value) {
        bail!("the story does not hold: {what}, but it is {value}");
    }
    say(&format!("   = {what}"))
}
