//! Whatever such a database looks like, it is taken over as a whole and nothing of it is lost; or nothing happens.
//! `TAKE_OVER_SEEDS=1..200 make test T=no_database` tries others than the usual ones.

use std::ops::Range;

use ops::schema::migrator;
use proof::take_over::WEB_APP;

use crate::{
    databases::{Foreign, sources},
    drawn,
};

/// How many at once: each is a few seconds' work of one server process.
const AT_ONCE: usize = 2;

#[expect(clippy::disallowed_methods, reason = "no setting of the back office: which seeds to try")]
fn seeds() -> Range<u64> {
    let given = std::env::var("TAKE_OVER_SEEDS").ok();
    let range = given.as_deref().and_then(|text| text.split_once(".."));
    range.map_or(1..13, |(first, end)| first.parse().unwrap()..end.parse().unwrap())
}

/// Everything that must hold of a database that was made by this script.
async fn check(script: &str, chosen: &[&str]) -> Result<(), String> {
    let foreign = Foreign::with(script).await;
    let before = foreign.fingerprint().await;
    let plan = foreign.inspect().await?;
    if foreign.fingerprint().await != before {
        return Err(format!("inspecting changed the database: {plan}"));
    }
    // Of today, and past.
    let until = foreign
        .world
        .one("select '--charged-until=' || to_char(now() at time zone 'UTC', 'YYYY-MM-DD\"T00:00:00Z\"')")
        .await;
    let mut flags =
        chosen.iter().map(|flag| if flag.ends_with("until=") { until.as_str() } else { *flag }).collect::<Vec<_>>();
    let mut asked = false;
    for flag in ["--unusable-ids=archive", "--unreadable=archive"] {
        // Nobody can be somebody of such an id, and nobody knows what such a value is: the operator must decide.
        let named = flag.replace('=', " ");
        if plan.lines().any(|line| line.starts_with("stops it:") && line.contains(&named)) {
            flags.push(flag);
            asked = true;
        }
    }
    if asked {
        if let Ok(report) = foreign.take_over().await {
            return Err(format!("something was left out, and nobody was asked: {report}"));
        }
        if foreign.fingerprint().await != before {
            return Err("a refusal changed the database".to_owned());
        }
    }
    let report = foreign.take_over_with(&flags).await?;
    let findings = foreign.findings().await;
    if !findings.is_empty() {
        return Err(format!("{findings:#?}\n{report}"));
    }
    let lost = foreign
        .world
        .one("select count(distinct user_id) from before.seats where user_id not in (select user_id from public.user_hopsworks_assignments)")
        .await;
    let told = report.lines().any(|line| {
        line.trim().starts_with(&format!("seats: -{lost} in all")) && line.ends_with("because: more users than seats")
    });
    if told != (lost != "0") {
        return Err(format!("{lost} lost their seats, and the reconciliation says otherwise: {report}"));
    }
    let after = foreign.fingerprint().await;
    let again = foreign.take_over().await.unwrap_or_else(|told| told);
    let migrated = migrator::migrate(&mut foreign.owner().await, &sources(), migrator::PATIENCE).await;
    let migrated = migrated.map_err(|error| format!("{error:#}"))?;
    if !again.contains("nothing to do") || !migrated.is_empty() || foreign.fingerprint().await != after {
        return Err(format!("a second run had something to do: {again} {migrated:?}"));
    }
    // Somebody new can come, whatever the web app's own columns want.
    foreign.world.add_cluster("a-further-one", 2).await;
    foreign.world.sign_up("newcomer").await;
    let violations = foreign.world.all("select format('%s %s', kind, detail) from app.invariant_violations").await;
    if violations.is_empty() { Ok(()) } else { Err(format!("after a login: {violations:#?}")) }
}

#[tokio::test]
async fn no_database_loses_anything() {
    let seeds = seeds().collect::<Vec<_>>();
    let mut failed = Vec::new();
    for some in seeds.chunks(AT_ONCE) {
        let checks = some.iter().map(|seed| {
            let seed = *seed;
            (seed, tokio::spawn(async move { check(&drawn::script(seed), &drawn::choices(seed)).await }))
        });
        for (seed, checked) in checks.collect::<Vec<_>>() {
            if let Err(why) = checked.await.unwrap_or_else(|panic| Err(panic.to_string())) {
                println!("TAKE_OVER_SEEDS={seed}..{}: {why}", seed + 1);
                failed.push(seed);
            }
        }
    }
    assert!(failed.is_empty(), "seeds {failed:?}");
}

#[tokio::test]
async fn the_database_of_the_documents_loses_nothing() {
    check(WEB_APP, &[]).await.unwrap();
}

#[tokio::test]
async fn tables_without_rows_are_taken_over_and_a_database_without_tables_is_refused() {
    let truncated = "truncate users, user_credits, hopsworks_clusters, user_hopsworks_assignments, clusters, instances, \
        usage_daily, team_invites, credit_transactions, billing_history";
    check(&format!("{WEB_APP}; {truncated}"), &[]).await.unwrap();
    check("create table users (id text primary key, email text not null)", &[]).await.unwrap();
    let told = check("select", &[]).await.unwrap_err();
    assert!(told.contains("make migrate"), "{told}");
}

/// The checks would see it.
#[tokio::test]
async fn what_was_lost_is_found() {
    let foreign = Foreign::with(WEB_APP).await;
    foreign.take_over().await.unwrap();
    assert_eq!(foreign.findings().await, [""; 0]);
    for (damage, found) in [
        ("delete from app.taken_over where table_name = 'users'", "a changed row is not archived users"),
        ("update app.taken_over set why = ''", "an archived row has no reason"),
        ("update public.users set name = 'x' where id = 'auth0|bob'", "a changed row is not archived users"),
        ("delete from public.users where id = 'auth0|cy'", "a user is lost auth0|cy"),
        ("delete from public.user_hopsworks_assignments where user_id = 'auth0|bob'", "a seat is lost auth0|bob"),
        ("update public.hopsworks_clusters set max_users = 1", "a cluster has no room"),
        (
            "update public.user_credits set total_used = 1, balance = 499 where user_id = 'auth0|ann'",
            "an account has another balance",
        ),
        ("update public.user_credits set cpu_hours_used = 1 where user_id = 'auth0|ann'", "an account has other hours"),
        ("update public.usage_daily set charged_usd = 1", "a day is not as it was charged"),
        ("delete from public.usage_daily where date = '2026-10-01'", "a day is not as it was charged"),
        ("update public.team_invites set token_hash = sha256(id::text::bytea)", "an open link is dead"),
        (
            "update public.team_invites set withdrawn_at = null, accepted_at = null, accepted_by_user_id = null, expires_at = now() + interval '1 day'",
            "a dead link is open",
        ),
        ("alter table public.users add column x text default 'plain-key-1'", "a secret in plain text users"),
        ("update public.hopsworks_clusters set api_key = null", "hopsworks_clusters.api_key is not the old key"),
        ("insert into before.choices values ('over-capacity', 'wait')", "a cluster has other seats"),
        ("insert into before.choices values ('members-of-members', 'alone')", "another account pays"),
        ("insert into before.choices values ('deployment-status', 'weird=active')", "a deployment has another status"),
        ("update public.users set status = 'suspended' where id = 'auth0|bob'", "a user has another status auth0|bob"),
        ("update public.users set email_verified = true, email = null", "verified without an address auth0|bob"),
        ("update public.users set waiting_since = now() where id = 'auth0|bob'", "somebody waits auth0|bob"),
        ("update public.users set email = null where email ~ 'bob'", "an address is lost bob@example.com"),
        (
            "update public.users set email = null where id = 'auth0|ann'; update public.users set email = 'ann@example.com' where id = 'google-oauth2|ann'",
            "an address went to somebody else",
        ),
        (
            "insert into before.choices values ('over-capacity', 'wait'); delete from public.user_hopsworks_assignments; update public.hopsworks_clusters set current_users = 1",
            "a seat was left without need google-oauth2|ann",
        ),
        ("alter table public.users drop column registration_ip", "a column is lost users.registration_ip"),
    ] {
        let copy = foreign.copy().await;
        // As a hand that slipped, past every rule.
        let free = "do $$ declare c record; begin set session_replication_role = replica; \
             for c in select conrelid::regclass as t, conname from pg_constraint \
               where contype = 'c' and coninhcount = 0 and connamespace in ('public'::regnamespace, 'app'::regnamespace) loop \
               execute format('alter table %s drop constraint %I', c.t, c.conname); end loop; end $$";
        copy.world.sql(&format!("{free}; {damage}")).await;
        let findings = copy.findings().await;
        assert!(findings.iter().any(|finding| finding.starts_with(found)), "{damage}: {findings:#?}");
    }
}
