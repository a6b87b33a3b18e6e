//! Money as a simple program would keep it: one decision after the other, whole numbers of the smallest part, no
//! SQL, no concurrency.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::Value;

use proof::storm::{
    decimal::{Micros, decimal, micros, text, time},
    decision_log::Decision,
};

/// Costs in 10^-12 dollars, times the seconds of a gigabyte-month.
type Cost = i128;

const SECONDS_PER_MONTH: i128 = 2_592_000;
const COST_PER_CENT: i128 = SECONDS_PER_MONTH * 10_000_000_000;

/// CPU hours, GPU hours, gigabyte-seconds.
type Used = [Micros; 3];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading {
    end: DateTime<Utc>,
    /// Gigabytes.
    storage: Micros,
    used: Used,
}

#[derive(Clone, Debug)]
struct Day {
    payer: String,
    prices: [Micros; 3],
    used: Used,
}

impl Day {
    fn cost(&self) -> Cost {
        let ([cpu, gpu, stored], [cpu_price, gpu_price, storage_price]) = (self.used, self.prices);
        (cpu * cpu_price + gpu * gpu_price) * SECONDS_PER_MONTH + stored * storage_price
    }
}

#[derive(Clone, Debug, Default)]
struct Account {
    purchased_cents: i128,
    adjusted_cents: i128,
    used_cents: i128,
    entries: u64,
}

pub struct Model {
    accounts: BTreeMap<String, Account>,
    /// Who pays for a user, from which day on.
    history: BTreeMap<String, BTreeMap<NaiveDate, String>>,
    rates: BTreeMap<NaiveDate, [Micros; 3]>,
    readings: BTreeMap<(String, String, String, DateTime<Utc>), Reading>,
    days: BTreeMap<(String, NaiveDate), Day>,
    invites: BTreeMap<String, String>,
}

impl Model {
    pub fn new(people: Vec<String>, invites: BTreeMap<String, String>) -> Self {
        let alone = |id: &String| (id.clone(), BTreeMap::from([(NaiveDate::MIN, id.clone())]));
        Self {
            history: people.iter().map(alone).collect(),
            accounts: people.into_iter().map(|id| (id, Account::default())).collect(),
            rates: BTreeMap::new(),
            readings: BTreeMap::new(),
            days: BTreeMap::new(),
            invites,
        }
    }

    /// Applies what the database did not refuse; of a batch, each reading's outcome by its index.
    pub fn apply(&mut self, decision: &Decision) -> Option<Vec<(usize, String)>> {
        let now = DateTime::from_timestamp_micros(decision.at_us).unwrap();
        let (caller, input) = (&decision.args["caller"]["sub"], &decision.args["input"]);
        match decision.function.as_str() {
            "record_usage" => return Some(self.record(&input["readings"], now)),
            "record_purchase" => self.write(input, false),
            "adjust_credits" => self.write(input, !input["refund_of"].is_string()),
            "set_rate" => self.set_rate(input, now),
            "accept_invite" => {
                let owner = self.invites[text(&input["token_sha256"])].clone();
                self.change_payer(text(caller), owner, now);
            }
            "remove_member" => self.change_payer(text(&input["user_id"]), text(&input["user_id"]).to_owned(), now),
            other => panic!("the model does not know {other}"),
        }
        None
    }

    fn write(&mut self, input: &Value, is_adjustment: bool) {
        let account = self.accounts.get_mut(text(&input["user_id"])).unwrap();
        let cents = micros(&input["amount"]) / 10_000;
        *if is_adjustment { &mut account.adjusted_cents } else { &mut account.purchased_cents } += cents;
        account.entries += 1;
    }

    fn set_rate(&mut self, input: &Value, now: DateTime<Utc>) {
        let day: NaiveDate = text(&input["effective_on"]).parse().unwrap();
        let prices = ["cpu_hour_usd", "gpu_hour_usd", "storage_gb_month_usd"].map(|field| micros(&input[field]));
        let unpriced = self.rates.range(..=day).next().is_none();
        assert!(day > now.date_naive() || unpriced || self.rates[&day] == prices, "the past is not repriced");
        self.rates.insert(day, prices);
    }

    fn change_payer(&mut self, user: &str, payer: String, now: DateTime<Utc>) {
        let used = self.days.range((user.to_owned(), NaiveDate::MIN)..=(user.to_owned(), NaiveDate::MAX)).next_back();
        let after_use = used.map_or(NaiveDate::MIN, |((_, day), _)| *day + TimeDelta::days(1));
        let history = self.history.get_mut(user).unwrap();
        let latest = *history.last_key_value().unwrap().0;
        history.insert(now.date_naive().max(after_use).max(latest), payer);
    }

    fn record(&mut self, readings: &Value, now: DateTime<Utc>) -> Vec<(usize, String)> {
        let mut costs: BTreeMap<String, Cost> = BTreeMap::new();
        let mut seen = Vec::new();
        let mut outcomes = Vec::new();
        for reading in readings.as_array().unwrap() {
            let key = key(reading);
            let outcome = match self.rejection(reading, &key, now) {
                Some(code) => format!("rejected {code}"),
                None if seen.contains(&key) => "rejected duplicate_in_batch".to_owned(),
                None => {
                    seen.push(key.clone());
                    self.store(key, reading, &mut costs).to_owned()
                }
            };
            outcomes.push((reading["index"].as_u64().unwrap() as usize, outcome));
        }
        for account in costs.into_keys() {
            self.charge(&account);
        }
        outcomes
    }

    fn rejection(&self, reading: &Value, key: &Key, now: DateTime<Utc>) -> Option<&'static str> {
        let (user, start, end) = (&key.1, key.3, time(&reading["window_end"]));
        match user.as_str() {
            "auth0|nobody" => Some("user_unknown"),
            "auth0|gone" => Some("user_deleted"),
            _ if start > now || end > now + TimeDelta::minutes(5) => Some("window_in_future"),
            _ if end < now - TimeDelta::days(35) => Some("window_too_old"),
            _ if self.day(user, start.date_naive()).is_none() => Some("rate_missing"),
            _ => None,
        }
    }

    /// The day as it is, or as it would begin; none without a price.
    fn day(&self, user: &str, date: NaiveDate) -> Option<Day> {
        if let Some(day) = self.days.get(&(user.to_owned(), date)) {
            return Some(day.clone());
        }
        let prices = *self.rates.range(..=date).next_back()?.1;
        let payer = self.history[user].range(..=date).next_back().unwrap().1.clone();
        Some(Day { payer, prices, used: [0; 3] })
    }

    fn store(&mut self, key: Key, reading: &Value, costs: &mut BTreeMap<String, Cost>) -> &'static str {
        let end = time(&reading["window_end"]);
        let storage = micros(&reading["storage_gb"]);
        let stored = storage * i128::from((end - key.3).num_seconds());
        let used = [micros(&reading["cpu_hours"]), micros(&reading["gpu_hours"]), stored];
        let new = Reading { end, storage, used };
        let old = self.readings.insert(key.clone(), new);
        if old == Some(new) {
            return "unchanged";
        }
        let known = old.map_or([0; 3], |old| old.used);
        let date = key.3.date_naive();
        let mut day = self.day(&key.1, date).unwrap();
        for (sum, (new, known)) in day.used.iter_mut().zip(used.into_iter().zip(known)) {
            *sum += new - known;
        }
        *costs.entry(day.payer.clone()).or_default() += 1;
        self.days.insert((key.1, date), day);
        if old.is_some() { "revised" } else { "created" }
    }

    fn paid_by(&self, account: &str) -> impl Iterator<Item = &Day> {
        self.days.values().filter(move |day| day.payer == account)
    }

    fn charge(&mut self, id: &str) {
        let cents = round_half_even(self.paid_by(id).map(Day::cost).sum());
        let account = self.accounts.get_mut(id).unwrap();
        if cents != account.used_cents {
            account.used_cents = cents;
            account.entries += 1;
        }
    }

    pub fn accounts(&self) -> BTreeMap<String, String> {
        let describe = |(id, account): (&String, &Account)| {
            let balance = account.purchased_cents + account.adjusted_cents - account.used_cents;
            let paid = [balance, account.purchased_cents, account.adjusted_cents, account.used_cents];
            let paid = paid.map(|cents| decimal(cents, 2, false)).join(" ");
            let used = [0, 1, 2].map(|part| self.paid_by(id).map(|day| day.used[part]).sum());
            let cost = self.paid_by(id).map(Day::cost).sum();
            (id.clone(), format!("{paid} {} {}", account.entries, used_and_cost(used, cost)))
        };
        self.accounts.iter().map(describe).collect()
    }

    pub fn days(&self) -> BTreeMap<String, String> {
        let describe = |((user, date), day): (&(String, NaiveDate), &Day)| {
            (format!("{user} {date}"), format!("{} {}", day.payer, used_and_cost(day.used, day.cost())))
        };
        self.days.iter().map(describe).collect()
    }
}

fn used_and_cost(used: Used, cost: Cost) -> String {
    format!("{} {}", used.map(|part| decimal(part, 6, true)).join(" "), decimal(cost, 12, true))
}

type Key = (String, String, String, DateTime<Utc>);

fn key(reading: &Value) -> Key {
    let project = reading["project"].as_str().unwrap_or_default().to_owned();
    (text(&reading["source"]).to_owned(), text(&reading["user_id"]).to_owned(), project, time(&reading["window_start"]))
}

fn round_half_even(cost: Cost) -> i128 {
    let (cents, rest) = (cost / COST_PER_CENT, cost % COST_PER_CENT);
    let up = 2 * rest > COST_PER_CENT || (2 * rest == COST_PER_CENT && cents % 2 == 1);
    cents + i128::from(up)
}
