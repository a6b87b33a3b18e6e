//! What chaos did and what it found, as a person reads it.

use std::{fs, path::Path};

use super::{
    recorder::{COLUMNS, Record},
    testbed::Testbed,
};

const UUID_CHARS: usize = 36;
/// More than these are counted and not shown.
const MOST_FINDINGS: usize = 40;

/// A line for each fault: how many requests began during it, how they were answered, the longest in milliseconds.
pub fn table(record: &Record) -> String {
    let head = format!("{:<24}    {}", "during", COLUMNS.join("    "));
    let lines = record.counts.iter().map(|(phase, counts)| {
        let count = |column| counts.get(column).unwrap_or(&0);
        let cells = COLUMNS.map(|column| format!("    {:>1$}", count(column), column.len()));
        format!("\n{phase:<24}{}", cells.concat())
    });
    head + &lines.collect::<String>()
}

/// What became of accounts, in one line.
pub async fn accounts(testbed: &Testbed) -> String {
    let world = &testbed.world;
    let wanted = world.one("select count(*) from app.hopsworks_accounts").await;
    let in_vain = world.one("select case when is_called then last_value else 0 end from app.tries_in_vain").await;
    let made: usize = testbed.clusters.iter().map(|cluster| cluster.hopsworks.users().len()).sum();
    let killed = testbed.recorder.record().killed_runs;
    format!(
        "accounts: {wanted} in the database, {made} made, {killed} runs killed in the middle, {in_vain} tries in vain"
    )
}

/// The first findings, each with the lines on its request in the functions' logs, which are in `home`.
pub fn explained(findings: &[String], home: &Path) -> Vec<String> {
    let entries = fs::read_dir(home).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ending| ending == "log"));
    let logs = files.flat_map(|path| fs::read(path).unwrap_or_default()).collect::<Vec<u8>>();
    let logs = String::from_utf8_lossy(&logs);
    let explain = |finding: &String| {
        let id = finding.rsplit_once("request ").and_then(|(_, rest)| rest.get(..UUID_CHARS));
        let lines = logs.lines().filter(|line| id.is_some_and(|id| line.contains(id)));
        lines.fold(finding.clone(), |finding, line| finding + "\n       logged: " + line)
    };
    findings.iter().take(MOST_FINDINGS).map(explain).collect()
}
