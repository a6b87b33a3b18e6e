//! Whether the database says of the month what happened.

use std::{
    collections::BTreeSet,
    io::Write as _,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use ops::{progress::step, schema::checkout};
use testkit::World;

use super::history::History;

/// All readings and credits in short.
pub async fn checksum(world: &World) -> String {
    world
        .one(
            "select md5(string_agg(r::text, '' order by r)) || ' ' || (select md5(string_agg(k::text, '' order by k)) from \
             (select user_id, balance, total_used, last_seq from public.user_credits) k) from \
             (select user_id, window_start, source, project, cpu_hours, gpu_hours, storage_gb from app.usage_readings) r",
        )
        .await
}

/// How many bills were compared, and what is not as it was.
pub async fn judge(world: &World, history: &History) -> Result<(usize, Vec<String>)> {
    step("calculating the bills by other means");
    let expected = calculated(history)?;
    let owed = "select user_id || ' ' || total_used from public.user_credits where scaled_cost_usd > 0 union all \
                select 'unowned ' || namespace || ' ' || sum(cpu_hours) from app.namespace_hours where user_id is null \
                group by namespace";
    let found: BTreeSet<String> = world.all(owed).await.into_iter().collect();
    let accounts = expected.iter().filter(|line| !line.starts_with("unowned")).count();
    let mut findings = Vec::new();
    findings.extend(expected.difference(&found).map(|line| format!("is not billed: {line}")));
    findings.extend(found.difference(&expected).map(|line| format!("is billed: {line}")));
    let missing = format!(
        "select hopsworks_cluster_id || ' ' || extract(epoch from hour)::bigint from app.usage_coverage \
         where state not in ('collected', 'revised') and hour < '{}'",
        history.ends().to_rfc3339()
    );
    let missing: BTreeSet<String> = world.all(&missing).await.into_iter().collect();
    let never = history.never.iter();
    let never =
        never.map(|(cluster, hour)| format!("{} {}", history.clusters[*cluster].id, hour.timestamp())).collect();
    findings.extend(missing.symmetric_difference(&never).map(|hour| format!("the coverage is wrong: {hour}")));
    let broken = world.all("select format('%s %s: %s', kind, id, detail) from app.invariant_violations").await;
    findings.extend(broken);
    Ok((accounts, findings))
}

/// What `bill.py` prints.
fn calculated(history: &History) -> Result<BTreeSet<String>> {
    let mut python = Command::new("python3")
        .arg(checkout().join("tools/proof/src/replay/bill.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting python3")?;
    let facts = history.facts().to_string();
    python.stdin.take().context("it reads")?.write_all(facts.as_bytes())?;
    let output = python.wait_with_output()?;
    ensure!(output.status.success(), "bill.py has failed");
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}
