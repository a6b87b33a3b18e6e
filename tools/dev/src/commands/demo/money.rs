//! The part of the story that is about money: prices, a purchase, usage, and whose bill it is on.

use anyhow::Result;
use chrono::{NaiveTime, SecondsFormat, TimeDelta};
use serde_json::{Value, json};
use shared::clock::Clock;

use super::{Story, expect};

impl Story<'_> {
    pub(super) async fn money(&self) -> Result<()> {
        self.prices_and_a_purchase().await?;
        self.usage().await?;
        self.bill().await
    }

    async fn prices_and_a_purchase(&self) -> Result<()> {
        self.chapter("The administrator sets the prices from today on. Past usage is never priced again.")?;
        let today = Clock::System.now().date_naive();
        let prices = json!({
            "effective_on": today,
            "cpu_hour_usd": "0.175",
            "gpu_hour_usd": "2.50",
            "storage_gb_month_usd": "0.03",
        });
        let rate = self.call("POST", "/api/admin/rates", "ADMIN_TOKEN", Some(&prices)).await?;
        expect(&rate["effective_on"], |day| *day == json!(today), "the prices apply from today")?;

        self.chapter("Ann has paid 100 dollars. The payment service reports it twice, because it got no answer.")?;
        let paid = json!({ "user_id": "auth0|ann", "amount": "100.00", "reference": "payment 4711" });
        let buy = async || self.call_under_key("/api/credits/purchases", "METER_TOKEN", "payment-4711", &paid).await;
        let first = buy().await?;
        expect(&first["balance_after"], |balance| balance == "100.00", "Ann has 100 dollars of credits")?;
        let again = buy().await?;
        expect(&again, |again| *again == first, "the second time it is the same entry: Ann was credited once")
    }

    async fn usage(&self) -> Result<()> {
        self.chapter("A meter reports what Ann and Bob used today. One reading is bad; the others count.")?;
        let readings = json!({ "readings": [
            reading("auth0|ann", "10", "0"),
            reading("auth0|bob", "40", "2.5"),
            reading("auth0|bob", "-1", "0"),
        ]});
        let recorded = self.call("POST", "/api/usage", "METER_TOKEN", Some(&readings)).await?;
        expect(&recorded["created"], |created| *created == 2, "two readings are recorded")?;
        expect(&recorded["results"][2]["code"], |code| code == "negative_quantity", "the third is refused")?;

        self.chapter("It sends Bob's again with another value: that revises it, and moves the difference.")?;
        let revised = json!({ "readings": [reading("auth0|bob", "20", "2.5"), reading("auth0|ann", "10", "0")] });
        let recorded = self.call("POST", "/api/usage", "METER_TOKEN", Some(&revised)).await?;
        let (revised, unchanged) = (&recorded["revised"], &recorded["unchanged"]);
        expect(revised, |count| *count == 1, "Bob's reading is revised")?;
        expect(unchanged, |count| *count == 1, "and Ann's, which is the same, changes nothing")
    }

    async fn bill(&self) -> Result<()> {
        self.chapter("Bob's usage is on Ann's bill: 30 CPU hours at 0.175 and 2.5 GPU hours at 2.50.")?;
        let usage = self.call("GET", "/api/usage?scope=account", "ANN_TOKEN", None).await?;
        expect(&usage["members"][1]["cpu_hours"], |hours| hours == "20", "20 CPU hours are Bob's")?;
        let credits = self.call("GET", "/api/credits", "ANN_TOKEN", None).await?;
        expect(&credits["balance"], |balance| balance == "88.50", "of 100 dollars 88.50 are left")?;

        self.chapter("Bob sees what he used, and no costs.")?;
        let usage = self.call("GET", "/api/usage", "BOB_TOKEN", None).await?;
        expect(&usage["totals"]["cost_usd"], Value::is_null, "members do not see costs")?;
        let refused = self.call("GET", "/api/credits", "BOB_TOKEN", None).await?;
        expect(&refused["code"], |code| code == "billing_owner_only", "nor the credits")?;

        self.chapter("The ledger: every entry continues the one before it, and none is ever changed.")?;
        let ledger = self.call("GET", "/api/credits/transactions", "ANN_TOKEN", None).await?;
        expect(
            &ledger["items"].as_array().map_or(0, Vec::len).into(),
            |entries: &Value| *entries == 3,
            "a purchase, usage, and its correction",
        )
    }
}

/// The first five minutes of today.
fn reading(user: &str, cpu_hours: &str, gpu_hours: &str) -> Value {
    let start = Clock::System.now().date_naive().and_time(NaiveTime::MIN).and_utc();
    let time = |time: chrono::DateTime<chrono::Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({
        "source": "demo.hops.example",
        "user_id": user,
        "project": "churn-model",
        "window_start": time(start),
        "window_end": time(start + TimeDelta::minutes(5)),
        "cpu_hours": cpu_hours,
        "gpu_hours": gpu_hours,
        "storage_gb": "0",
    })
}
