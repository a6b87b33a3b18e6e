//! Money as a simple program would keep it: one decision after the other, whole numbers of the smallest part, no
//! SQL, no concurrency.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde_json::Value;

use super::account::{Account, COST_PER_CENT, Cost, Policy, SECONDS_PER_MONTH};
use proof::storm::{
    decision_log::Decision,
    values::{Micros, micros, text, time},
};

/// Source, user, project, start.
type Key = (String, String, String, DateTime<Utc>);
/// Its end; CPU hours, GPU hours, gigabytes.
type Reading = (DateTime<Utc>, [Micros; 3]);

#[derive(Clone)]
struct Day {
    payer: String,
    priced_from: NaiveDate,
    prices: [Micros; 3],
    /// CPU hours, GPU hours, gigabyte-seconds.
    used: [Micros; 3],
}

impl Day {
    fn cost(&self) -> Cost {
        let ([cpu, gpu, stored], [cpu_price, gpu_price, storage_price]) = (self.used, self.prices);
        (cpu * cpu_price + gpu * gpu_price) * SECONDS_PER_MONTH + stored * storage_price
    }
}

#[derive(Default)]
pub struct Model {
    accounts: BTreeMap<String, Account>,
    /// Who pays for a user, from which day on.
    history: BTreeMap<String, BTreeMap<NaiveDate, String>>,
    rates: BTreeMap<NaiveDate, [Micros; 3]>,
    readings: BTreeMap<Key, Reading>,
    days: BTreeMap<(String, NaiveDate), Day>,
    invites: BTreeMap<String, String>,
    /// When `auth0|gone` was deleted.
    deleted_at: DateTime<Utc>,
}

impl Model {
    pub fn new(
        people: Vec<String>,
        began_in: NaiveDate,
        deleted_at: DateTime<Utc>,
        invites: BTreeMap<String, String>,
    ) -> Self {
        let alone = |id: &String| (id.clone(), BTreeMap::from([(NaiveDate::MIN, id.clone())]));
        let history = people.iter().map(alone).collect();
        let accounts = people.into_iter().map(|id| (id, Account { month: began_in, ..Account::default() })).collect();
        Self { accounts, history, invites, deleted_at, ..Self::default() }
    }

    /// Applies what the database did not refuse; of a batch, each reading's outcome by its index.
    pub fn apply(&mut self, decision: &Decision) -> Option<Vec<(usize, String)>> {
        let now = DateTime::from_timestamp_micros(decision.at_us).unwrap();
        let (caller, input) = (&decision.args["caller"]["sub"], &decision.args["input"]);
        match decision.function.as_str() {
            "record_usage" => return Some(self.record(&input["readings"], now)),
            "record_purchase" => self.write(input, false, now),
            "adjust_credits" => self.write(input, !input["refund_of"].is_string(), now),
            "set_policy" => self.set_policy(text(caller), input),
            "set_rate" => self.set_rate(input, now),
            "accept_invite" => {
                let owner = self.invites[text(&input["token_sha256"])].clone();
                self.change_payer(text(caller), owner, now);
            }
            "remove_member" => {
                self.change_payer(text(&input["user_id"]["id"]), text(&input["user_id"]["id"]).to_owned(), now)
            }
            other => panic!("the model does not know {other}"),
        }
        None
    }

    fn write(&mut self, input: &Value, is_adjustment: bool, now: DateTime<Utc>) {
        let account = self.accounts.get_mut(text(&input["user_id"])).unwrap();
        let cents = micros(&input["amount"]) / 10_000;
        *if is_adjustment { &mut account.adjusted_cents } else { &mut account.purchased_cents } += cents;
        account.entries += 1;
        account.is_posted_in(now);
        self.cross(text(&input["user_id"]));
    }

    fn cross(&mut self, id: &str) {
        let cost = self.cost_of_month(id, self.accounts[id].month);
        self.accounts.get_mut(id).unwrap().cross(cost);
    }

    /// What is left out is as the default says; an administrator's part stays when an owner leaves it out.
    fn set_policy(&mut self, caller: &str, input: &Value) {
        let id = input["user_id"].as_str().unwrap_or(caller);
        let account = self.accounts.get_mut(id).unwrap();
        let given = |field: &str| input["policy"][field].is_string().then(|| micros(&input["policy"][field]) / 10_000);
        let (before, default) = (account.policy.overdraft, Policy::default());
        account.policy = Policy {
            warn_below: given("warn_below").unwrap_or(default.warn_below),
            overdraft: given("overdraft").unwrap_or(if caller == "auth0|admin" { default.overdraft } else { before }),
            monthly_cap: given("monthly_cap"),
        };
        self.cross(id);
    }

    fn set_rate(&mut self, input: &Value, now: DateTime<Utc>) {
        let day: NaiveDate = text(&input["effective_on"]).parse().unwrap();
        let prices = ["cpu_hour_usd", "gpu_hour_usd", "storage_gb_month_usd"].map(|field| micros(&input[field]));
        let allowed = match self.rates.get(&day) {
            Some(known) => *known == prices || self.days.values().all(|used| used.priced_from != day),
            None => day > now.date_naive() || self.rates.range(..=day).next().is_none(),
        };
        assert!(allowed, "the past is not repriced");
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
        let (mut to_charge, mut seen, mut outcomes) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for reading in readings.as_array().unwrap() {
            let project = reading["project"].as_str().unwrap_or_default().to_owned();
            let [source, user] = ["source", "user_id"].map(|field| text(&reading[field]).to_owned());
            let key = (source, user, project, time(&reading["window_start"]));
            let new = (
                time(&reading["window_end"]),
                ["cpu_hours", "gpu_hours", "storage_gb"].map(|field| micros(&reading[field])),
            );
            let outcome = match self.rejection(&key, new.0, now) {
                Some(code) => format!("rejected {code}"),
                None if seen.contains(&key) && self.readings[&key] != new => "rejected duplicate_in_batch".to_owned(),
                None if self.overlaps(&key, new) => "rejected window_overlaps".to_owned(),
                None => {
                    seen.insert(key.clone());
                    self.store(key, new, &mut to_charge).to_owned()
                }
            };
            outcomes.push((reading["index"].as_u64().unwrap() as usize, outcome));
        }
        for account in to_charge {
            self.charge(&account, now);
        }
        outcomes
    }

    fn rejection(&self, (_, user, _, start): &Key, end: DateTime<Utc>, now: DateTime<Utc>) -> Option<&'static str> {
        match user.as_str() {
            "auth0|nobody" => Some("user_unknown"),
            "auth0|gone" if *start >= self.deleted_at => Some("user_deleted"),
            _ if *start > now || end > now + TimeDelta::minutes(5) => Some("window_in_future"),
            _ if end < now - TimeDelta::days(35) => Some("window_too_old"),
            _ if self.day(user, start.date_naive()).is_none() => Some("rate_missing"),
            _ => None,
        }
    }

    /// Whether another reading of its source, user and project holds a part of the window. One of zeros holds nothing.
    fn overlaps(&self, key: &Key, new: Reading) -> bool {
        let (end, (source, user, project, start)) = (new.0, key);
        let from = |time: DateTime<Utc>| (source.clone(), user.clone(), project.clone(), time);
        let mut near = self.readings.range(from(*start - TimeDelta::days(1))..from(end));
        self.readings.get(key) != Some(&new)
            && near.any(|(other, (until, used))| other != key && until > start && *used != [0; 3])
    }

    /// The day as it is, or as it would begin; none without a price.
    fn day(&self, user: &str, date: NaiveDate) -> Option<Day> {
        if let Some(day) = self.days.get(&(user.to_owned(), date)) {
            return Some(day.clone());
        }
        let (priced_from, prices) = self.rates.range(..=date).next_back().map(|(day, prices)| (*day, *prices))?;
        let payer = self.history[user].range(..=date).next_back().unwrap().1.clone();
        Some(Day { payer, priced_from, prices, used: [0; 3] })
    }

    fn store(&mut self, key: Key, new: Reading, to_charge: &mut BTreeSet<String>) -> &'static str {
        let old = self.readings.insert(key.clone(), new);
        if old == Some(new) {
            return "unchanged";
        }
        let (_, user, _, start) = key;
        let used = |(end, [cpu, gpu, storage]): Reading| [cpu, gpu, storage * i128::from((end - start).num_seconds())];
        let (known, date) = (old.map_or([0; 3], used), start.date_naive());
        let mut day = self.day(&user, date).unwrap();
        for (sum, (new, known)) in day.used.iter_mut().zip(used(new).into_iter().zip(known)) {
            *sum += new - known;
        }
        to_charge.insert(day.payer.clone());
        self.days.insert((user, date), day);
        if old.is_some() { "revised" } else { "created" }
    }

    fn paid_by(&self, account: &str) -> impl Iterator<Item = &Day> + Clone {
        self.days.values().filter(move |day| day.payer == account)
    }

    fn cost_of_month(&self, account: &str, month: NaiveDate) -> Cost {
        let days = self.days.iter().filter(|((_, date), day)| day.payer == account && date.with_day(1) == Some(month));
        days.map(|(_, day)| day.cost()).sum()
    }

    fn charge(&mut self, id: &str, now: DateTime<Utc>) {
        let cents = round_half_even(self.paid_by(id).map(Day::cost).sum());
        let account = self.accounts.get_mut(id).unwrap();
        account.is_posted_in(now);
        if cents != account.used_cents {
            account.used_cents = cents;
            account.entries += 1;
        }
        self.cross(id);
    }

    /// What is told of each account, a line each.
    pub fn told(&self) -> BTreeMap<String, String> {
        let told = self.accounts.iter().filter(|(_, account)| !account.told.is_empty());
        told.map(|(id, account)| (id.clone(), account.told.join("\n"))).collect()
    }

    pub fn accounts(&self) -> BTreeMap<String, String> {
        let describe = |(id, account): (&String, &Account)| {
            let Account { purchased_cents: purchased, adjusted_cents: adjusted, used_cents: used, entries, .. } =
                account;
            let (balance, usage) = (account.balance_cents(), usage(self.paid_by(id)));
            let cost = self.cost_of_month(id, account.month);
            let (state, month, level) = (account.state(), account.month, account.cap_level(cost));
            (
                id.clone(),
                format!("{balance} {purchased} {adjusted} {used} {entries} {usage} {state} {month} {cost} {level}"),
            )
        };
        self.accounts.iter().map(describe).collect()
    }

    pub fn days(&self) -> BTreeMap<String, String> {
        let describe = |((user, date), day): (&(String, NaiveDate), &Day)| {
            (format!("{user} {date}"), format!("{} {}", day.payer, usage(iter::once(day))))
        };
        self.days.iter().map(describe).collect()
    }
}

fn usage<'a>(days: impl Iterator<Item = &'a Day> + Clone) -> String {
    let [cpu, gpu, stored] = [0, 1, 2].map(|part| days.clone().map(|day| day.used[part]).sum::<Micros>());
    format!("{cpu} {gpu} {stored} {}", days.map(Day::cost).sum::<Cost>())
}

fn round_half_even(cost: Cost) -> i128 {
    let (cents, rest) = (cost / COST_PER_CENT, cost % COST_PER_CENT);
    let up = 2 * rest > COST_PER_CENT || (2 * rest == COST_PER_CENT && cents % 2 == 1);
    cents + i128::from(up)
}
