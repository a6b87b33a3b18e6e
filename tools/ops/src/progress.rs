//! What commands tell the person at the terminal, all on stderr: stdout is for what a command returns.

use std::process::ExitCode;

use anyhow::Result;

/// Prints one line.
#[expect(clippy::print_stderr, reason = "the one place that talks to the person at the terminal")]
pub fn step(text: &str) {
    eprintln!("{text}");
}

/// Warns of Supabase's address of one project: without an add-on it has no IPv4, and Lambda has no IPv6.
pub fn warn_if_ipv6_only(host: &str) {
    let lower = host.to_ascii_lowercase();
    if lower.starts_with("db.") && lower.ends_with(".supabase.co") {
        step(&format!(
            "warning: {host} has an IPv6 address only, unless the project has Supabase's IPv4 add-on. Lambda cannot reach \
             it, nor can many networks. Take the address of the shared pooler, aws-<n>-<region>.pooler.supabase.com \
             (Supabase: Connect)"
        ));
    }
}

/// Prints the error if there is one; what `main` returns.
pub fn exit_code(ended: Result<()>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            step(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
