//! What the operator chooses where a row does not fit.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::admin_db::{AdminDb, literal};

/// What is done with rows that do not fit. The defaults lose nothing.
#[derive(Args, Clone, Debug, Default)]
pub struct Choices {
    /// Which of several users keeps an address that they have in common.
    #[arg(long, value_enum)]
    same_address: Option<SameAddress>,
    /// What becomes of a member of a member.
    #[arg(long, value_enum)]
    members_of_members: Option<MembersOfMembers>,
    /// What becomes of active members of a suspended owner.
    #[arg(long, value_enum)]
    suspended_teams: Option<SuspendedTeams>,
    /// What becomes of users beyond the capacity of a cluster.
    #[arg(long, value_enum)]
    over_capacity: Option<OverCapacity>,
    /// What counts as left where a balance is not what was bought less what was used.
    #[arg(long, value_enum)]
    balance: Option<Balance>,
    /// What becomes of users whose id no identity has.
    #[arg(long, value_enum)]
    unusable_ids: Option<UnusableIds>,
    /// What becomes of values that cannot be read as what they should be.
    #[arg(long, value_enum)]
    unreadable: Option<Unreadable>,
    /// What tokens of invites are that are 64 hexadecimal digits.
    #[arg(long, value_enum)]
    invite_tokens: Option<InviteTokens>,
    /// A status of users that is none of ours: `trial=active`. Again for others.
    #[arg(long, value_parser = pair)]
    pub user_status: Vec<(String, String)>,
    /// A status of deployments that is none of ours: `running=active`. Again for others.
    #[arg(long, value_parser = pair)]
    pub deployment_status: Vec<(String, String)>,
    /// A table of another meaning that is renamed to `<table>_web_app`. Again for others.
    #[arg(long)]
    pub aside: Vec<String>,
    /// Up to when the web app has charged usage of today, such as `2026-11-27T10:00:00Z`; by default up to the take-over.
    #[arg(long)]
    pub charged_until: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SameAddress {
    LastLogin,
    Oldest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MembersOfMembers {
    Owner,
    Alone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SuspendedTeams {
    Suspend,
    Leave,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OverCapacity {
    Grow,
    Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Balance {
    Stored,
    Totals,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum UnusableIds {
    Stop,
    Archive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Unreadable {
    Stop,
    Archive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum InviteTokens {
    Plain,
    Hashed,
}

impl Choices {
    pub fn keeps_oldest_address(&self) -> bool {
        self.same_address == Some(SameAddress::Oldest)
    }

    pub fn leaves_members_of_members_alone(&self) -> bool {
        self.members_of_members == Some(MembersOfMembers::Alone)
    }

    pub fn leaves_suspended_teams(&self) -> bool {
        self.suspended_teams == Some(SuspendedTeams::Leave)
    }

    pub fn lets_wait(&self) -> bool {
        self.over_capacity == Some(OverCapacity::Wait)
    }

    pub fn trusts_totals(&self) -> bool {
        self.balance == Some(Balance::Totals)
    }

    pub fn archives_unusable_ids(&self) -> bool {
        self.unusable_ids == Some(UnusableIds::Archive)
    }

    pub fn archives_unreadable(&self) -> bool {
        self.unreadable == Some(Unreadable::Archive)
    }

    pub fn takes_tokens_for_hashes(&self) -> bool {
        self.invite_tokens == Some(InviteTokens::Hashed)
    }

    /// Tells the judgement, for the transaction.
    pub async fn tell(&self, database: &mut AdminDb) -> Result<()> {
        let known = [
            ("--user-status", &self.user_status, &["active", "suspended", "deleted"][..]),
            (
                "--deployment-status",
                &self.deployment_status,
                &["provisioning", "active", "stopped", "failed", "deleted"],
            ),
        ];
        for (flag, chosen, ours) in known {
            if let Some((_, wrong)) = chosen.iter().find(|(_, status)| !ours.contains(&&**status)) {
                bail!("{flag}: {wrong} is none of {}", ours.join(", "));
            }
        }
        let map = |pairs: &[(String, String)]| json!(pairs.iter().cloned().collect::<BTreeMap<_, _>>()).to_string();
        let said = |chosen: bool, word: &str| if chosen { word.to_owned() } else { String::new() };
        for (name, value) in [
            ("same_address", said(self.keeps_oldest_address(), "oldest")),
            ("members_of_members", said(self.leaves_members_of_members_alone(), "alone")),
            ("suspended_teams", said(self.leaves_suspended_teams(), "leave")),
            ("balance", said(self.trusts_totals(), "totals")),
            ("over_capacity", said(self.lets_wait(), "wait")),
            ("invite_tokens", said(self.takes_tokens_for_hashes(), "hashed")),
            ("user_status", map(&self.user_status)),
            ("deployment_status", map(&self.deployment_status)),
            ("charged_until", self.charged_until.clone().unwrap_or_default()),
        ] {
            database.run(&format!("select set_config('take_over.{name}', {}, true)", literal(&value))).await?;
        }
        if let Some(until) = &self.charged_until {
            let fits = format!(
                "select {0}::timestamptz <= now() and ({0}::timestamptz at time zone 'UTC')::date = (now() at time zone 'UTC')::date",
                literal(until)
            );
            let fits =
                database.one_text(&fits).await.context("--charged-until is no time such as 2026-11-27T10:00:00Z")?;
            if fits != "t" {
                bail!("--charged-until must be a time of today (UTC) that has passed");
            }
        }
        Ok(())
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (given, ours) = text.split_once('=').ok_or("write <given>=<ours>")?;
    Ok((given.to_owned(), ours.to_owned()))
}
