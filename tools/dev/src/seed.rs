//! What `make dev` begins with: an account with 400 days of usage, its team, and many users for two clusters. The API is
//! told of all in the order in which it would have happened, while the database's clock is put back.

mod api;
mod clock;
mod usage;

use anyhow::{Result, ensure};
use chrono::{Days, NaiveDate};
use ops::progress::step;
use serde_json::{Value, json};
use shared::clock::Clock;
use testkit::issuer::Person;

use self::{api::Api, clock::DatabaseClock, usage::DAYS};
use crate::{dev_stack::DevStack, people};

const GIVEN_NAMES: [&str; 10] = ["Carol", "Dave", "Eve", "Frank", "Grace", "Heidi", "Ivan", "Judy", "Kim", "Liam"];
const SURNAMES: [&str; 6] = ["Berg", "Costa", "Dahl", "Evans", "Fox", "Gray"];
const SEATS: [(&str, u32); 2] = [("demo", 20), ("second", 3)];
/// Between two times at which Ann pays.
const WEEKS_OF_A_PAYMENT: u32 = 16;

/// Fills a database without a cluster. Clusters come last: whoever stops it goes on at the next start, because nothing
/// before counts twice.
pub async fn fill(site: &DevStack) -> Result<()> {
    let api = Api::new(site)?;
    if api.get("/api/admin/hopsworks-clusters", &api.admin).await?["items"] != json!([]) {
        return Ok(());
    }
    step("filling the empty database (once, some seconds)");
    let mut clock = DatabaseClock::of(site).await?;
    let [_, ann, bob] = people::known();
    let story = Story { api: &api, today: Clock::System.now().date_naive(), ann, bob };
    let told = story.tell(&mut clock).await;
    clock.put_right().await?;
    told?;
    story.open_clusters(site).await
}

struct Story<'a> {
    api: &'a Api,
    today: NaiveDate,
    ann: Person,
    bob: Person,
}

impl Story<'_> {
    async fn tell(&self, clock: &mut DatabaseClock) -> Result<()> {
        clock.put_back(&format!("{DAYS} days")).await?;
        let prices = json!({ "cpu_hour_usd": "0.175", "gpu_hour_usd": "2.40", "storage_gb_month_usd": "0.03" });
        self.set_rate(self.days_ago(DAYS), &prices).await?;
        self.gather_the_team().await?;
        step("  400 days of Ann's and Bob's work");
        for week in 0..DAYS.div_ceil(7) {
            self.work_for_a_week(week, clock).await?;
        }
        step("  sixty more users");
        self.sign_up_others(clock).await?;
        clock.put_right().await?;
        self.use_up_credits().await?;
        let policy = json!({ "warn_below": "50.00", "monthly_cap": "200.00" });
        self.api.put("/api/credits/policy", &self.api.token_of(&self.ann), &policy).await.map(drop)
    }

    fn days_ago(&self, days: u32) -> NaiveDate {
        self.today - Days::new(days.into())
    }

    async fn set_rate(&self, day: NaiveDate, prices: &Value) -> Result<()> {
        let mut rate = prices.clone();
        rate["effective_on"] = json!(day);
        self.api.post("/api/admin/rates", &self.api.admin, &rate).await.map(drop)
    }

    async fn gather_the_team(&self) -> Result<()> {
        let (ann, bob) = (self.api.token_of(&self.ann), self.api.token_of(&self.bob));
        self.api.post("/api/auth/me", &ann, &json!({})).await?;
        if self.api.post("/api/auth/me", &bob, &json!({})).await?["account_owner_id"] == json!(self.ann.sub) {
            return Ok(());
        }
        let invite = self.api.post("/api/team/invites", &ann, &json!({ "email": self.bob.email })).await?;
        self.api.post("/api/team/invites/accept", &bob, &json!({ "token": invite["token"] })).await.map(drop)
    }

    /// A week's usage is reported at its end.
    async fn work_for_a_week(&self, week: u32, clock: &mut DatabaseClock) -> Result<()> {
        let (first, end) = (week * 7, DAYS.min(week * 7 + 7));
        clock.put_back(&format!("{} days", DAYS - end)).await?;
        if week.is_multiple_of(WEEKS_OF_A_PAYMENT) {
            self.pay(&self.ann.sub, "500.00", &format!("invoice {}", 1001 + week)).await?;
        }
        if week == DAYS / 7 / 2 {
            let prices = json!({ "cpu_hour_usd": "0.175", "gpu_hour_usd": "2.50", "storage_gb_month_usd": "0.03" });
            self.set_rate(self.days_ago(DAYS - end - 7), &prices).await?;
        }
        let days = (first..end).map(|day| (day, self.days_ago(DAYS - day)));
        let used = days.flat_map(|(number, day)| usage::of_the_team(number, day, &self.ann.sub, &self.bob.sub));
        self.report(&used.collect::<Vec<_>>()).await
    }

    async fn pay(&self, user: &str, amount: &str, reference: &str) -> Result<()> {
        let body = json!({ "user_id": user, "amount": amount, "reference": reference });
        self.api
            .write_once(
                "/api/credits/purchases",
                &self.api.meter,
                &body,
                &format!("{user}:{reference}").replace(' ', "-"),
            )
            .await
    }

    async fn report(&self, readings: &[Value]) -> Result<()> {
        let recorded = self.api.post("/api/usage", &self.api.meter, &json!({ "readings": readings })).await?;
        ensure!(recorded["rejected"] == 0, "usage was refused: {recorded}");
        Ok(())
    }

    /// Four hours after each other, ten at a time; those who come late will wait for a seat.
    async fn sign_up_others(&self, clock: &mut DatabaseClock) -> Result<()> {
        for (turn, family) in (1_u32..).zip(SURNAMES) {
            clock.put_back(&format!("{} hours", 28 - 4 * turn)).await?;
            for name in GIVEN_NAMES {
                let token = self.api.token_of(&other(name, family));
                self.api.post("/api/auth/me", &token, &json!({})).await?;
            }
        }
        Ok(())
    }

    /// Carol's credits are low, and Dave's are used up.
    async fn use_up_credits(&self) -> Result<()> {
        for (name, paid, days) in [("Carol", "50.00", 27), ("Dave", "20.00", 12)] {
            let user = other(name, SURNAMES[0]).sub;
            self.pay(&user, paid, "invoice 1").await?;
            let readings = (1..=days).map(|ago| usage::of_a_day(&user, self.days_ago(ago)));
            self.report(&readings.collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    /// The first twenty-three get their seats, and what only happens once happens.
    async fn open_clusters(&self, site: &DevStack) -> Result<()> {
        step("  two clusters");
        // Whose account stays stuck.
        site.clusters.add_stranger("demo", &other("Frank", SURNAMES[0]).email)?;
        for (name, seats) in SEATS {
            let cluster = site.clusters.body(name, seats)?;
            self.api.post("/api/admin/hopsworks-clusters", &self.api.admin, &cluster).await?;
        }
        let goodwill = json!({ "user_id": self.ann.sub, "amount": "25.00", "reason": "Goodwill for a slow week" });
        self.api.write_once("/api/credits/adjustments", &self.api.admin, &goodwill, "goodwill").await?;
        let invited = json!({ "email": "erin@example.com" });
        self.api.post("/api/team/invites", &self.api.token_of(&self.ann), &invited).await?;
        let heidi = other("Heidi", SURNAMES[0]).sub.replace('|', "%7C");
        self.api.patch(&format!("/api/admin/users/{heidi}"), &json!({ "status": "suspended" })).await
    }
}

fn other(name: &str, family: &str) -> Person {
    people::person(&format!("{name}.{family}").to_lowercase(), &format!("{name} {family}"))
}
