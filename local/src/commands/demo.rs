//! `make demo`: the story of a login through real HTTP, every request and answer shown.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tokio::process::Command;

use crate::{
    direct::Direct,
    environment,
    gateway::Reload,
    interruption::until_interrupted,
    progress::step,
    schema,
    site::Site,
    stack, tools,
    trouble::{During, Result, Trouble},
};

pub async fn run() -> Result<()> {
    let home = environment::home(&format!("demo-{}", std::process::id()));
    let told = until_interrupted(tell(&home)).await;
    // Whether the story was told to its end or not.
    stack::remove(&home)?;
    told?;
    step("\nThat was the story. Next: `make dev` keeps the stack up for you, `make test` runs all tests.");
    Ok(())
}

async fn tell(home: &Path) -> Result<()> {
    let node = tools::node(&schema::checkout()).await?;
    let site = Site::start(home, Reload::Never).await?;
    let story = Story { site: &site, node, client: reqwest::Client::new() };
    let told = story.tell().await;
    if told.is_err() {
        step(&std::fs::read_to_string(site.log()).unwrap_or_default());
    }
    site.stop().await;
    told
}

struct Story<'a> {
    site: &'a Site,
    node: PathBuf,
    client: reqwest::Client,
}

impl Story<'_> {
    async fn tell(&self) -> Result<()> {
        say("\n1. Ann logs in before there is any cluster: the login succeeds, and she waits.")?;
        let ann = self.log_in("auth0|ann", "ann@example.com", "Ann Example").await?;
        expect(&ann["waiting_since"], Value::is_string, "Ann waits")?;

        say("\n2. A cluster with two seats is added (by SQL, as the operator).")?;
        let sql = "insert into public.hopsworks_clusters (name, api_url, max_users) \
                   values ('demo', 'https://demo.hops.example', 2)";
        say(&format!("   {sql}"))?;
        Direct::connect(self.site.environment.get("DIRECT_URL")?).await?.run(sql).await?;

        say("\n3. Ann logs in again, through the Auth0 Action, and gets a seat.")?;
        let ann = self.log_in("auth0|ann", "ann@example.com", "Ann Example").await?;
        expect(&ann["assignment"]["cluster_name"], |name| name == "demo", "Ann sits on demo")?;
        expect(&ann["login_count"], |count| count == 2, "two logins are counted")?;

        say("\n4. Bob's login does not reach the Action; the web app reports it with his token.")?;
        let bob = self.call("POST", "/api/auth/sync-user", "BOB_TOKEN").await?;
        expect(&bob["assignment"]["cluster_name"], |name| name == "demo", "Bob sits on demo")?;

        say("\n5. Carol comes third, and there are two seats: she waits, and nobody is seated twice.")?;
        let carol = self.log_in("auth0|carol", "carol@example.com", "Carol Example").await?;
        expect(&carol["assignment"], Value::is_null, "Carol has no seat yet")?;

        say("\n6. Someone with Ann's address under another identity gets a clear refusal, and no account.")?;
        let refused = self.action("google-oauth2|999", "ANN@example.com", "Not Ann").await?;
        expect(&refused["response"]["status"], |status| status == 409, "the API refuses the address")?;

        say("\n7. What the web app shows Ann.")?;
        let me = self.call("GET", "/api/auth/me", "ANN_TOKEN").await?;
        expect(&me["instance"]["status"], |status| status == "active", "Ann's instance is active")
    }

    /// A login through the real Action; the user as the API describes her.
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
            .during("running the Action")?;
        let login: Value = serde_json::from_slice(&output.stdout)
            .map_err(|_| Trouble::new(format!("the Action: {}", String::from_utf8_lossy(&output.stderr))))?;
        show("POST /api/auth/sync-user, signed by the Action", &login["request"]["body"])?;
        show(
            &format!("answer {}, the Action says {}", login["response"]["status"], login["decision"]),
            &login["response"]["body"],
        )?;
        Ok(login)
    }

    async fn call(&self, method: &str, path: &str, token: &str) -> Result<Value> {
        let environment = &self.site.environment;
        say(&format!("   > {method} {path} with ${token}"))?;
        let method = method.parse().map_err(|_| Trouble::new("a method"))?;
        let url = format!("{}{path}", environment.get("API_URL")?);
        let request = self.client.request(method, url).bearer_auth(environment.get(token)?);
        let response = request.send().await.map_err(|error| Trouble::new(error.to_string()))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| Trouble::new(error.to_string()))?;
        let body: Value = serde_json::from_slice(&body)
            .map_err(|_| Trouble::new(format!("{status}: {}", String::from_utf8_lossy(&body))))?;
        show(&format!("answer {}", status.as_u16()), &body)?;
        Ok(body)
    }
}

fn show(what: &str, body: &Value) -> Result<()> {
    let text = serde_json::to_string_pretty(body).map_err(|error| Trouble::new(error.to_string()))?;
    say(&format!("   > {what}\n     {}", text.replace('\n', "\n     ")))
}

/// The story goes to standard output; progress and errors do not.
fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}").during("telling the story")
}

fn expect(value: &Value, holds: impl Fn(&Value) -> bool, what: &str) -> Result<()> {
    if !holds(value) {
        return Err(Trouble::new(format!("the story does not hold: {what}, but it is {value}")));
    }
    say(&format!("   = {what}"))
}
