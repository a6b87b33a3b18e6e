//! What happens in the month: who owns what, what is used, and what goes wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use testkit::{
    World,
    opencost::{Held, Moment, Odd, OpenCost, Used},
};
use uuid::Uuid;

use super::plan::{FAULTS_PER_MILLE, Plan};

pub struct Cluster {
    pub id: Uuid,
    pub opencost: OpenCost,
}

/// A namespace's owner from one hour to another. It is known to us only later than it is so.
pub struct Owned {
    pub cluster: usize,
    pub namespace: String,
    pub project: String,
    pub user: String,
    pub from: DateTime<Utc>,
    pub to: Option<DateTime<Utc>>,
    known_at: DateTime<Utc>,
}

pub struct History {
    plan: Plan,
    begins: DateTime<Utc>,
    pub clusters: Vec<Cluster>,
    pub owned: Vec<Owned>,
    /// Who joined whose account, and when.
    pub joined: Vec<(DateTime<Utc>, String, String)>,
    /// Hours that no OpenCost ever tells of.
    pub never: BTreeSet<(usize, DateTime<Utc>)>,
    /// Answers that are odd until then.
    odd_until: Vec<(DateTime<Utc>, usize, DateTime<Utc>)>,
    /// Hours of which OpenCost will know better.
    revised_at: Vec<(DateTime<Utc>, usize, DateTime<Utc>)>,
    happened: DateTime<Utc>,
}

impl History {
    pub async fn make(world: &World, begins: DateTime<Utc>, plan: Plan, rng: &mut Rng) -> Result<Self> {
        world
            .sql(
                "insert into app.usage_rates values ('2026-01-01', 0.175, 2.5, 0.03, 'replay'), \
                 ('2026-06-16', 0.19, 2.25, 0.031, 'replay')",
            )
            .await;
        for user in 0..plan.namespaces {
            world.sign_up(&format!("u{user}")).await;
        }
        let mut history = Self {
            plan,
            begins,
            clusters: Vec::new(),
            owned: Vec::new(),
            joined: Vec::new(),
            never: BTreeSet::new(),
            odd_until: Vec::new(),
            revised_at: Vec::new(),
            happened: begins - TimeDelta::hours(1),
        };
        for number in 0..plan.clusters {
            let opencost = OpenCost::start(0).await?;
            let id = world.add_cluster(&format!("cluster-{number}"), 0).await.parse()?;
            world.add_opencost(id, &opencost, begins).await;
            history.clusters.push(Cluster { id, opencost });
            history.make_owners(number, rng);
            history.make_usage(number, rng);
        }
        history.make_teams(rng);
        Ok(history)
    }

    /// Nothing is told of later hours.
    pub fn ends(&self) -> DateTime<Utc> {
        self.begins + TimeDelta::hours(self.hours())
    }

    fn hours(&self) -> i64 {
        i64::from(self.plan.days) * 24
    }

    /// Some namespaces are never owned, some pass to another owner, and of some the owner is known late.
    fn make_owners(&mut self, cluster: usize, rng: &mut Rng) {
        for namespace in 0..self.plan.namespaces {
            let name = format!("project-{namespace}");
            if rng.u32(..20) == 0 {
                continue;
            }
            let passes_at = (rng.u32(..8) == 0).then(|| self.begins + TimeDelta::hours(rng.i64(1..self.hours())));
            let late = if rng.u32(..5) == 0 { rng.i64(1..100) } else { 0 };
            let mut own = |from: DateTime<Utc>, to, rng: &mut Rng| {
                self.owned.push(Owned {
                    cluster,
                    namespace: name.clone(),
                    project: name.replace('-', "_"),
                    user: format!("auth0|u{}", rng.usize(..self.plan.namespaces)),
                    from,
                    to,
                    known_at: from + TimeDelta::hours(late),
                });
            };
            own(self.begins, passes_at, rng);
            if let Some(passes_at) = passes_at {
                own(passes_at, None, rng);
            }
        }
    }

    fn make_usage(&mut self, cluster: usize, rng: &mut Rng) {
        let volumes: Vec<i64> = (0..self.plan.namespaces).map(|_| rng.i64(0..500_000_000_000)).collect();
        // One of so many is new in the middle of the month.
        let born: Vec<i64> =
            volumes.iter().map(|_| if rng.u32(..10) == 0 { rng.i64(0..self.hours()) } else { 0 }).collect();
        for number in 0..self.hours() {
            let hour = self.begins + TimeDelta::hours(number);
            let mut used = BTreeMap::from([("kube-system".to_owned(), draw(0, rng))]);
            for (namespace, (volume, born)) in volumes.iter().zip(&born).enumerate() {
                if number >= *born {
                    used.insert(format!("project-{namespace}"), draw(*volume, rng));
                }
            }
            self.clusters[cluster].opencost.set_hour(hour, used);
            match rng.u32(..100) {
                0 if number > 0 => {
                    self.never.insert((cluster, hour));
                    self.clusters[cluster].opencost.set_answer(hour, Odd::NotThere);
                }
                1..=5 if number > 0 => {
                    let odd = [
                        Odd::NotThere,
                        Odd::Partial(1),
                        Odd::Partial(self.plan.namespaces / 2 + 1),
                        Odd::NaN("kube-system".to_owned()),
                        Odd::Negative("kube-system".to_owned()),
                        Odd::Code500InBody,
                        Odd::EmptyBody,
                        Odd::OtherWindow,
                        Odd::OnlyUnmounted,
                    ];
                    self.clusters[cluster].opencost.set_answer(hour, odd[rng.usize(..odd.len())].clone());
                    self.odd_until.push((hour + TimeDelta::hours(rng.i64(3..20)), cluster, hour));
                }
                6..=9 => self.revised_at.push((hour + TimeDelta::hours(rng.i64(1..20)), cluster, hour)),
                _ => {}
            }
        }
    }

    /// The first users have teams; some of the others join one, shortly after midnight.
    fn make_teams(&mut self, rng: &mut Rng) {
        let owners = (self.plan.namespaces / 5).max(1);
        for user in owners..self.plan.namespaces {
            if rng.u32(..3) == 0 {
                let at = self.begins + TimeDelta::days(i64::from(rng.u32(..self.plan.days))) + TimeDelta::minutes(30);
                self.joined.push((at, format!("u{user}"), format!("u{}", rng.usize(..owners))));
            }
        }
        self.joined.sort();
    }

    /// Not later than the next one who joins: whoever has used something today is billed to the old account today.
    pub fn next_event(&self, time: DateTime<Utc>) -> DateTime<Utc> {
        let joins = self.joined.iter().map(|(at, ..)| *at).find(|at| *at > self.happened);
        joins.map_or(time, |at| at.min(time))
    }

    /// All that happens until then, since the last time.
    pub async fn happen(&mut self, world: &World, now: DateTime<Utc>, rng: &mut Rng) -> Result<()> {
        let since = mem::replace(&mut self.happened, now);
        let is_new = |at: DateTime<Utc>| at > since && at <= now;
        for (_, user, owner) in self.joined.iter().filter(|(at, ..)| is_new(*at)) {
            world.join(user, owner).await;
        }
        for owned in self.owned.iter().filter(|owned| is_new(owned.known_at)) {
            world.sql(&self.insert(owned, rng)).await;
        }
        for (_, cluster, hour) in self.odd_until.iter().filter(|(until, ..)| is_new(*until)) {
            self.clusters[*cluster].opencost.set_answer(*hour, None);
        }
        for (_, cluster, hour) in self.revised_at.iter().filter(|(at, ..)| is_new(*at)) {
            let opencost = &self.clusters[*cluster].opencost;
            let mut used = opencost.used(*hour);
            for used in used.values_mut() {
                if rng.bool() {
                    used.cpu_hours = Decimal::new(rng.i64(0..400_000), 5);
                }
            }
            opencost.set_hour(*hour, used);
        }
        for cluster in &self.clusters {
            // An outage of a while, or answers that fail now and then.
            let per_mille = if rng.u32(..10) == 0 { 1_000 } else { FAULTS_PER_MILLE };
            cluster.opencost.set_random_faults(rng.u64(..), per_mille);
        }
        Ok(())
    }

    fn insert(&self, owned: &Owned, rng: &mut Rng) -> String {
        let to = owned.to.map_or("infinity".to_owned(), |to| to.to_rfc3339());
        let (cluster, from) = (self.clusters[owned.cluster].id, owned.from.to_rfc3339());
        let (project, namespace, user, number) = (&owned.project, &owned.namespace, &owned.user, rng.u32(..));
        format!(
            "insert into app.hopsworks_projects (hopsworks_cluster_id, hopsworks_project_id, name, namespace, owner_username, \
             user_id, from_hour, to_hour) values ('{cluster}', {number}, '{project}', '{namespace}', 'x', '{user}', '{from}', '{to}')"
        )
    }

    /// The next request that some cluster gets. What fails by itself would not wait.
    pub fn hold_a_request(&self, rng: &mut Rng) -> Held {
        self.calm();
        self.clusters[rng.usize(..self.clusters.len())].opencost.hold(Moment::AfterCommit)
    }

    /// All is well from now on, but for the hours that are never told of.
    pub fn calm(&self) {
        for cluster in &self.clusters {
            cluster.opencost.set_random_faults(0, 0);
        }
    }

    /// What `bill.py` and the judge compare with.
    pub fn facts(&self) -> Value {
        let hour = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H").to_string();
        let owned = self.owned.iter().map(|owned| {
            let to = owned.to.map_or("9999".to_owned(), hour);
            json!([owned.cluster, owned.namespace, owned.user, hour(owned.from), to])
        });
        let joined = self.joined.iter().map(|(at, user, owner)| {
            json!([at.format("%Y-%m-%d").to_string(), format!("auth0|{user}"), format!("auth0|{owner}")])
        });
        let mut used = Vec::new();
        for (cluster, of) in self.clusters.iter().enumerate() {
            for number in 0..self.hours() {
                let at = self.begins + TimeDelta::hours(number);
                if !self.never.contains(&(cluster, at)) {
                    used.extend(of.opencost.used(at).into_iter().map(|(namespace, used)| {
                        json!([cluster, hour(at), namespace, used.cpu_hours, used.gpu_hours, used.pv_byte_hours])
                    }));
                }
            }
        }
        json!({
            "rates": [["2026-01-01", "0.175", "2.5", "0.03"], ["2026-06-16", "0.19", "2.25", "0.031"]],
            "owned": owned.collect::<Vec<_>>(),
            "joined": joined.collect::<Vec<_>>(),
            "used": used,
        })
    }
}

/// Of one namespace and hour. Few use GPUs.
fn draw(volume: i64, rng: &mut Rng) -> Used {
    Used {
        cpu_hours: Decimal::new(rng.i64(0..400_000), 5),
        gpu_hours: Decimal::new(if rng.u32(..10) == 0 { rng.i64(0..50_000) } else { 0 }, 5),
        pv_byte_hours: Decimal::from(volume),
    }
}
