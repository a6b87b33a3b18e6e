//! What chaos did and what it found, as a person reads it.

use std::{fmt::Write, fs, path::Path};

use serde_json::Value;

use super::recorder::Phase;

const UUID_CHARS: usize = 36;

/// One line per fault: how many requests began during it, how they were answered, the longest in milliseconds.
pub fn table(phases: &[Phase]) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{:<26}{:>9}{:>8}{:>7}{:>7}{:>7}{:>7}{:>13}{:>12}",
        "during", "requests", "2xx", "4xx", "503", "other", "lost", "logins > 3 s", "longest ms"
    );
    for phase in phases {
        let count = |from: u16, to: u16| phase.by_status.range(from..to).map(|(_, count)| count).sum::<usize>();
        let unavailable = count(503, 504);
        let _ = writeln!(
            text,
            "{:<26}{:>9}{:>8}{:>7}{:>7}{:>7}{:>7}{:>13}{:>12}",
            phase.name,
            phase.requests,
            count(200, 300),
            count(400, 500),
            unavailable,
            count(0, 200) + count(300, 400) + count(500, 1000) - unavailable,
            phase.lost,
            phase.late_logins,
            phase.longest_ms,
        );
    }
    text
}

/// The findings, each with what the functions' logs in `home` say of its request.
pub fn explained(findings: Vec<String>, home: &Path) -> Vec<String> {
    let logs = logs(home).unwrap_or_default();
    let explain = |finding: String| {
        let id = finding.rsplit("request ").next().and_then(|rest| rest.split([',', ':', ' ']).next());
        let Some(id) = id.filter(|id| id.len() == UUID_CHARS) else { return finding };
        let lines = logs.iter().flat_map(|log| log.lines()).filter(|line| line.contains(id));
        let reasons: Vec<String> = lines.filter_map(reason).collect();
        format!("{finding}\n       logged: {}", reasons.join("\n               "))
    };
    findings.into_iter().map(explain).collect()
}

fn logs(home: &Path) -> std::io::Result<Vec<String>> {
    let mut logs = Vec::new();
    for entry in fs::read_dir(home)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            logs.push(String::from_utf8_lossy(&fs::read(path)?).into_owned());
        }
    }
    Ok(logs)
}

fn reason(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok().filter(|line: &Value| line["message"] == "request")?;
    let parts = ["function", "method", "route", "status", "duration_ms", "code", "reason"];
    Some(parts.map(|part| line[part].to_string()).join(" "))
}
