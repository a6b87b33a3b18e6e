//! An account as the model keeps it, what its balance makes of it, what a month may cost, and what is told of both.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

/// Costs in 10^-12 dollars, times the seconds of a gigabyte-month.
pub type Cost = i128;

pub const SECONDS_PER_MONTH: i128 = 2_592_000;
pub const COST_PER_CENT: i128 = SECONDS_PER_MONTH * 10_000_000_000;

/// What an account may be, from the best to the worst. That a grace period is over is found by the daily work alone.
const STATES: [&str; 3] = ["good", "low", "exhausted"];

/// In cents.
pub struct Policy {
    pub warn_below: i128,
    pub overdraft: i128,
    pub monthly_cap: Option<i128>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { warn_below: 1_000, overdraft: 0, monthly_cap: None }
    }
}

#[derive(Default)]
pub struct Account {
    pub policy: Policy,
    /// The first day of the month that was last posted in.
    pub month: NaiveDate,
    pub purchased_cents: i128,
    pub adjusted_cents: i128,
    pub used_cents: i128,
    pub entries: u64,
    /// The crossings, in order: `balance.low 512`, `balance.restored 20000 low good`, `cap.reached 80`.
    pub told: Vec<String>,
    /// The state (in `STATES`), the month and the level of the cap that all of them led to.
    pub was: (usize, NaiveDate, i128),
}

impl Account {
    pub fn balance_cents(&self) -> i128 {
        self.purchased_cents + self.adjusted_cents - self.used_cents
    }

    pub fn state(&self) -> &'static str {
        STATES[self.place()]
    }

    /// Of the state in `STATES`.
    fn place(&self) -> usize {
        let (balance, Policy { warn_below, overdraft, .. }) = (self.balance_cents(), &self.policy);
        match self.entries {
            0 => 0,
            _ if balance + overdraft <= 0 => 2,
            _ if balance < *warn_below => 1,
            _ => 0,
        }
    }

    /// Something moved: each line that it crossed is told of once.
    pub fn cross(&mut self, cost: Cost) {
        let (balance, place, level) = (self.balance_cents(), self.place(), self.cap_level(cost));
        let (was, month, was_level) = self.was;
        self.told.extend((was + 1..=place).map(|crossed| format!("balance.{} {balance}", STATES[crossed])));
        if place < was {
            self.told.push(format!("balance.restored {balance} {} {}", STATES[was], STATES[place]));
        }
        let reached = if month == self.month { was_level } else { 0 };
        let levels = [80, 90, 100].into_iter().filter(|crossed| (reached + 1..=level).contains(crossed));
        self.told.extend(levels.map(|crossed| format!("cap.reached {crossed}")));
        self.was = (place, self.month, level);
    }

    pub fn cap_level(&self, cost: Cost) -> i128 {
        let Some(cap) = self.policy.monthly_cap else { return 0 };
        [100, 90, 80].into_iter().find(|level| cost * 100 >= cap * COST_PER_CENT * level).unwrap_or(0)
    }

    /// Something was posted. Who began in the month before does not go back to it.
    pub fn is_posted_in(&mut self, now: DateTime<Utc>) {
        self.month = self.month.max(now.date_naive().with_day(1).unwrap());
    }
}
