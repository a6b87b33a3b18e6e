//! `make demo`: the story of logins, a team, its bill, seats and administrators (`demo.yaml`) through real HTTP, every
//! request and answer shown.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use ops::{progress::step, schema};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shared::clock::Clock;
use testkit::{programs, stack::with_home};
use tokio::{
    process::Command,
    time::{Instant, sleep},
};

use crate::dev_stack::DevStack;

/// For what happens by itself, on a machine that is busy.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Nothing is there: the story needs no browser.
const WEB_APP: &str = "http://127.0.0.1:9010";
const STORY: &str = include_str!("demo.yaml");

pub async fn run() -> Result<()> {
    with_home("demo", tell).await?;
    step("\nThat was the story. Next: `make dev` keeps the stack up for you, `make test` runs all tests.");
    Ok(())
}

async fn tell(home: &Path) -> Result<()> {
    let node = programs::node(&schema::checkout()).await?;
    let site = DevStack::start(home, &["--ignore-changes"], WEB_APP).await?;
    let today = Clock::System.now().date_naive();
    let kept = BTreeMap::from([
        ("today".to_owned(), json!(today)),
        // Shortly after midnight, the last full hour is one of yesterday.
        ("yesterday".to_owned(), json!(today.pred_opt())),
        ("demo".to_owned(), site.clusters.body("demo", 2)?),
        ("elsewhere".to_owned(), site.clusters.body("second", 3)?),
        ("opencost".to_owned(), site.clusters.collection("second")?),
    ]);
    let client = client()?;
    // So that the function is there: the Action gives a login three seconds.
    client.get(format!("{}/api/auth/me", site.environment.get("API_URL")?)).send().await?;
    let told = Story { site: &site, node, client, kept }.tell().await;
    if told.is_err() {
        step(&fs::read_to_string(site.log()).unwrap_or_default());
    }
    site.stop().await;
    told
}

/// A function that has crashed answers nothing.
fn client() -> Result<reqwest::Client> {
    reqwest::Client::builder().timeout(Duration::from_secs(60)).build().context("making a client")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chapter {
    title: String,
    steps: Vec<Value>,
}

/// What somebody does, and what must hold of the answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Id, address, name.
    login: Option<[String; 3]>,
    /// Method, path, and the variable that holds the token.
    call: Option<[String; 3]>,
    /// A money write is done once, however often it is sent under this key.
    key: Option<String>,
    body: Option<Value>,
    /// A cluster and a user's id: the user as the cluster has them.
    on_cluster: Option<[String; 2]>,
    /// A cluster, a user's id and the name of a project: they work there for an hour.
    works: Option<[String; 3]>,
    /// What must hold does so after a while.
    #[serde(default)]
    wait: bool,
    /// A sentence, and by place what makes it true.
    #[serde(default)]
    holds: Map<String, Value>,
    #[serde(default)]
    keep: BTreeMap<String, String>,
}

struct Story<'a> {
    site: &'a DevStack,
    node: PathBuf,
    client: reqwest::Client,
    /// What later steps name in braces.
    kept: BTreeMap<String, Value>,
}

impl Story<'_> {
    async fn tell(mut self) -> Result<()> {
        let mut chapters: yaml_serde::Value = yaml_serde::from_str(STORY)?;
        chapters.apply_merge()?;
        let chapters: Vec<Chapter> = yaml_serde::from_value(chapters)?;
        for (number, chapter) in (1..).zip(chapters) {
            say(&format!("\n{number}. {}", chapter.title))?;
            for step in chapter.steps {
                self.play(&step).await.context(format!("the story does not hold: {step}"))?;
            }
        }
        Ok(())
    }

    async fn play(&mut self, step: &Value) -> Result<()> {
        let mut step = step.to_string();
        for (name, value) in &self.kept {
            step = step.replace(&format!("\"{{{name}}}\""), &value.to_string());
            step = step.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default());
        }
        let step: Step = serde_json::from_str(&step)?;
        if step.wait {
            self.wait(&step).await?;
        }
        let answer = match (&step.login, &step.call, &step.on_cluster, &step.works) {
            (Some(login), None, None, None) => self.log_in(login).await?,
            (None, Some(call), None, None) => self.call(call, &step).await?,
            (None, None, Some([cluster, sub]), None) => self.on_cluster(cluster, sub)?,
            (None, None, None, Some([cluster, sub, project])) => self.work(cluster, sub, project)?,
            _ => bail!("neither a login nor a call, nor work or a look at a cluster"),
        };
        for (what, places) in &step.holds {
            hold(what, places, &answer)?;
            say(&format!("   = {what}"))?;
        }
        for (name, place) in step.keep {
            let value = answer.pointer(&place).cloned();
            self.kept.insert(name, value.context("the answer has nothing to keep")?);
        }
        Ok(())
    }

    /// Asks until all holds.
    async fn wait(&self, step: &Step) -> Result<()> {
        let started = Instant::now();
        loop {
            let answer = match (&step.call, &step.on_cluster) {
                (Some([_, path, token]), _) => {
                    let url = format!("{}{path}", self.site.environment.get("API_URL")?);
                    let request = self.client.get(url).bearer_auth(self.site.environment.get(token)?);
                    serde_json::from_slice(&request.send().await?.bytes().await?)?
                }
                (None, Some([cluster, sub])) => self.site.clusters.user(cluster, sub)?,
                _ => bail!("there is nothing to ask again"),
            };
            let held = step.holds.iter().try_for_each(|(what, places)| hold(what, places, &answer));
            if held.is_ok() || started.elapsed() > LONGEST_WAIT {
                return held;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn on_cluster(&self, cluster: &str, sub: &str) -> Result<Value> {
        let user = self.site.clusters.user(cluster, sub)?;
        show(&format!("{sub} on the cluster {cluster}"), &user)?;
        Ok(user)
    }

    fn work(&self, cluster: &str, sub: &str, project: &str) -> Result<Value> {
        let used = self.site.clusters.work(cluster, sub, project)?;
        show(&format!("{sub} works on the cluster {cluster}; its OpenCost says"), &used)?;
        Ok(used)
    }

    /// Through the real Action: what it sent and got, and what it decides.
    async fn log_in(&self, [sub, email, name]: &[String; 3]) -> Result<Value> {
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
        let answer = format!("answer {}, the Action says {}", login["response"]["status"], login["decision"]);
        show(&answer, &login["response"]["body"])?;
        Ok(login)
    }

    async fn call(&self, [method, path, token]: &[String; 3], step: &Step) -> Result<Value> {
        let environment = &self.site.environment;
        let url = format!("{}{path}", environment.get("API_URL")?);
        let mut request = self.client.request(method.parse()?, url).bearer_auth(environment.get(token)?);
        let mut what = format!("{method} {path} with ${token}");
        if let Some(key) = &step.key {
            request = request.header("idempotency-key", key);
            what += &format!(" and Idempotency-Key: {key}");
        }
        if let Some(body) = &step.body {
            show(&what, body)?;
            request = request.header("content-type", "application/json").body(body.to_string());
        } else {
            say(&format!("   > {what}"))?;
        }
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        let body: Value =
            serde_json::from_slice(&body).map_err(|_| anyhow!("{status}: {}", String::from_utf8_lossy(&body)))?;
        show(&format!("answer {}", status.as_u16()), &body)?;
        Ok(body)
    }
}

/// Whether it holds of the answer, place by place.
fn hold(what: &str, places: &Value, answer: &Value) -> Result<()> {
    for (place, wanted) in places.as_object().context("places and values")? {
        let found = answer.pointer(place).unwrap_or(&Value::Null);
        if found != wanted && !(wanted == "…" && found.is_string()) {
            bail!("{what}, but {place} is {found}");
        }
    }
    Ok(())
}

fn show(what: &str, body: &Value) -> Result<()> {
    let text = serde_json::to_string_pretty(body)?;
    say(&format!("   > {what}\n     {}", text.replace('\n', "\n     ")))
}

/// The story goes to standard output; progress and errors do not.
fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}").context("printing the story")
}
