//! Thirty-two clients at once: sign-ups on one cluster, on twenty and where nothing is free, logins of users who have a
//! seat and of users who wait for one. Each commit is flushed, to this machine's disk and to a slow one. What storms ask
//! for is sent by pgbench: on AWS the functions run on other machines, and here they would take the processors that the
//! database has there.

use std::{sync::Arc, time::Duration};

use anyhow::Result;

use super::{
    clients::{Clients, Sent},
    flush::Flush,
};
use crate::bench::{
    contenders::Bench,
    figure::{Figure, Table},
    goal::{Bound, Goal},
    jobs::{CREDITS, Job, LOGIN, READING, SIGN_UP, WAITING_LOGIN},
    pgbench,
    scale::REPORT,
    setup::Setup,
    times::median,
    unit::Unit,
};
use ops::progress::step;

const CLIENTS: usize = 32;
/// As many connections as Supabase's smallest instances give a pool.
const POOL: usize = 15;
/// A first one only warms up; in turn, so that other work on the machine slows all of them.
const ROUNDS: u64 = 3;
const SECONDS: u64 = 2;
const CLUSTERS: usize = 20;

const BARE_ROW: &str = "update bench.hot_row set n = n + 1 where id = 1;\n";

pub async fn measure(bench: &mut Bench<'_>) -> Result<Vec<Table>> {
    bench.stack.pgbouncer.settings.push(format!("default_pool_size = {POOL}"));
    bench.stack.pgbouncer.restart().await?;
    let mut tables = Vec::new();
    for flush in [Flush::Disk, Flush::Slow] {
        if flush.set(bench.stack).await? {
            step(&format!("{CLIENTS} clients at once, commits wait for {}", flush.name()));
            let setups = bench.setups().await;
            tables.extend(Loads { setups: &setups, flush }.measure().await?);
        }
    }
    Flush::No.set(bench.stack).await?;
    bench.stack.pgbouncer.settings.pop();
    bench.stack.pgbouncer.restart().await?;
    Ok(tables)
}

/// What is measured with one disk, on ours and on the one before.
struct Loads<'a> {
    setups: &'a [Arc<Setup>],
    flush: Flush,
}

impl Loads<'_> {
    async fn measure(&self) -> Result<[Table; 2]> {
        let mut figures = vec![self.logins().await?];
        if self.flush == Flush::Disk {
            figures.extend([self.beside_pgbench(CREDITS).await?, self.beside_pgbench(READING).await?]);
        }
        let mut calls = 0;
        figures.extend(self.sign_ups(&mut calls).await?);
        figures.extend(self.waiting(&mut calls).await?);
        let about = format!(
            "At once through a pool of {POOL}; a commit waits for {}. What has a figure *by pgbench* beside it is sent by \
             a process of the function for each client, all else by `pgbench`: on AWS functions take no processor from \
             the database. Beside sign-ups: a row that everybody updates, which is one flush a commit.",
            self.flush.name()
        );
        let counts = "What the sign-ups and logins above have left behind: deadlocks, violations of an invariant, and users \
             who wait while a seat is free.";
        Ok([
            Table::new(format!("{CLIENTS} clients, {}", self.flush.name()), about, figures),
            Table::new(format!("The storm's counts, {}", self.flush.name()), counts, self.counts(calls).await),
        ])
    }

    /// One job beside the statement that it becomes, sent by pgbench.
    async fn beside_pgbench(&self, job: Job) -> Result<Figure> {
        let (_, script) = job.statement(&self.setups[0]).await?;
        let clients = Clients::start(&self.setups[0], job.function, CLIENTS).await?;
        let (mut ours, mut bare) = (Sent::default(), 0);
        for round in 0..=ROUNDS {
            let sent = clients.send(job, Duration::from_secs(SECONDS)).await?;
            let (per_second, _) = self.pgbench(&script).await?;
            if round > 0 {
                ours.add(sent);
                bare += per_second;
            }
        }
        Ok(Figure::new(job.what, Unit::PerSecond, ours.per_second()).beside("by pgbench", bare / ROUNDS))
    }

    async fn logins(&self) -> Result<Figure> {
        let mut figure = self.beside_pgbench(LOGIN).await?;
        SEATED.clone_into(&mut figure.what);
        Ok(figure)
    }

    async fn pgbench(&self, script: &str) -> Result<(u64, Vec<u64>)> {
        pgbench::run(&self.setups[0], self.setups[0].port, script, CLIENTS as u64, SECONDS).await
    }

    /// Rounds of both versions in turn, and of the bare row's where there is one: what each sent of each job, by so many
    /// clients.
    async fn rounds(&self, jobs: &[(Job, usize)], bare: bool) -> Result<(Vec<Vec<Sent>>, u64)> {
        let (mut scripts, mut all, mut bare_per_second) = (Vec::new(), Vec::new(), 0);
        for setup in self.setups {
            let mut of_setup = Vec::new();
            for (job, clients) in jobs {
                of_setup.push((job.statement(setup).await?.1, *clients as u64));
            }
            all.push(jobs.iter().map(|_| Sent::default()).collect::<Vec<_>>());
            scripts.push(of_setup);
        }
        for round in 0..=ROUNDS {
            for ((setup, scripts), all) in self.setups.iter().zip(&scripts).zip(&mut all) {
                let scripts: Vec<_> = scripts.iter().map(|(script, clients)| (script.as_str(), *clients)).collect();
                let (_, times) = pgbench::run_all(setup, setup.port, &scripts, SECONDS).await?;
                if round > 0 {
                    for (all, times) in all.iter_mut().zip(times) {
                        all.add(Sent { times, elapsed: SECONDS * 1_000_000 });
                    }
                }
            }
            if bare {
                let (per_second, _) = self.pgbench(BARE_ROW).await?;
                bare_per_second += if round > 0 { per_second } else { 0 };
            }
        }
        Ok((all, bare_per_second / ROUNDS))
    }

    /// On one cluster, on twenty, and where nothing is free.
    async fn sign_ups(&self, calls: &mut u64) -> Result<Vec<Figure>> {
        let hot_row = "create schema bench; grant usage on schema bench to api; \
            create table bench.hot_row (id integer primary key, n bigint); insert into bench.hot_row values (1, 0); \
            grant select, update on bench.hot_row to api";
        self.setups[0].world.sql(hot_row).await;
        let only = [(SIGN_UP, CLIENTS)];
        step("signing up on one cluster");
        let (one, bare) = self.rounds(&only, true).await?;
        step(&format!("signing up on {CLUSTERS} clusters, while a user logs in"));
        for setup in self.setups {
            setup.world.sql(FILL).await;
            for number in 0..CLUSTERS {
                setup.world.add_cluster(&format!("storm-{number}"), 1_000_000).await;
            }
        }
        let (many, _) = self.rounds(&[(SIGN_UP, CLIENTS - 1), (LOGIN, 1)], false).await?;
        step("signing up where nothing is free");
        for setup in self.setups {
            setup.world.sql(FILL).await;
        }
        let (full, _) = self.rounds(&only, false).await?;
        *calls += [&one, &many, &full].iter().map(|sent| count(&sent[0])).sum::<u64>();
        let row = Goal::new("sign-ups on one cluster", Bound::PercentAtLeast(75), "a bare hot row", "one flush a seat");
        let spread = Goal::new("sign-ups on 20 clusters", Bound::PercentAtLeast(500), "before", "pool / hold time");
        let login = Goal::new("a login in that storm, p50", Bound::PercentAtMost(40), "before", "the pool");
        let one = self.figure("sign-ups on one cluster", &one, |sent| sent[0].per_second());
        Ok(vec![
            self.with_slow_disk(one.beside("a bare hot row", bare), row),
            self.with_slow_disk(self.figure("sign-ups on 20 clusters", &many, |sent| sent[0].per_second()), spread),
            self.with_slow_disk(self.times("a seated user's login meanwhile, p50", &many), login),
            self.figure("sign-ups where nothing is free", &full, |sent| sent[0].per_second()),
        ])
    }

    /// Logins of users who wait, beside those of users who have a seat, while nothing is free.
    async fn waiting(&self, calls: &mut u64) -> Result<Vec<Figure>> {
        step("logging in while waiting for a seat");
        for setup in self.setups {
            setup.sign_up("waiting").await;
        }
        let (waiting, _) = self.rounds(&[(WAITING_LOGIN, CLIENTS)], false).await?;
        let (seated, _) = self.rounds(&[(LOGIN, CLIENTS)], false).await?;
        *calls += count(&waiting[0]) + count(&seated[0]);
        let goal = Goal::new("waiting users' logins", Bound::PercentAtLeast(95), SEATED, "no lock");
        let figure = self.figure("logins of waiting users", &waiting, |sent| sent[0].per_second());
        Ok(vec![figure.beside(SEATED, seated[0][0].per_second()).goal(goal)])
    }

    fn figure(&self, what: &str, sent: &[Vec<Sent>], value: fn(&[Sent]) -> u64) -> Figure {
        self.beside_before(Figure::new(what, Unit::PerSecond, value(&sent[0])), sent, value)
    }

    fn times(&self, what: &str, sent: &[Vec<Sent>]) -> Figure {
        let value: fn(&[Sent]) -> u64 = |sent| median(&sent[1].times);
        self.beside_before(Figure::new(what, Unit::Microseconds, value(&sent[0])), sent, value)
    }

    fn beside_before(&self, figure: Figure, sent: &[Vec<Sent>], value: fn(&[Sent]) -> u64) -> Figure {
        let before = self.setups.iter().zip(sent).skip(1);
        before.fold(figure, |figure, (setup, sent)| figure.beside(setup.version.name.clone(), value(sent)))
    }

    /// Most goals are about the slow disk: that is what production has.
    fn with_slow_disk(&self, figure: Figure, goal: Goal) -> Figure {
        if self.flush == Flush::Slow { figure.goal(goal) } else { figure }
    }

    /// What must not be there after a storm.
    async fn counts(&self, calls: u64) -> Vec<Figure> {
        let world = &self.setups[0].world;
        world.sql(REPORT).await;
        let mut figures = vec![Figure::new("calls", Unit::Count, calls)];
        for (what, query) in COUNTS {
            let count = world.one(query).await.parse().unwrap_or(u64::MAX);
            let none = Goal::new("what a storm leaves behind", Bound::AtMost(0), "", "the invariants");
            figures.push(Figure::new(what, Unit::Count, count).goal(none));
        }
        figures
    }
}

fn count(sent: &[Sent]) -> u64 {
    sent.iter().map(|sent| sent.times.len() as u64).sum()
}

const SEATED: &str = "logins of users with a seat";

/// No seat is free any more.
const FILL: &str = "update public.hopsworks_clusters set max_users = current_users";

const COUNTS: [(&str, &str); 3] = [
    ("deadlocks", "select deadlocks from pg_stat_database where datname = current_database()"),
    ("violations of an invariant", "select count(*) from app.invariant_violations"),
    (
        "users who wait beside a free seat",
        "select count(*) from public.users u where waiting_since is not null and status = 'active' and exists \
         (select from public.hopsworks_clusters c where c.status = 'active' and c.current_users < c.max_users)",
    ),
];
