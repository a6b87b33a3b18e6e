//! How many calls of a function that does nothing the same database answers through the same pooler: the most
//! that requests of one call each could reach here.

use tokio::process::Command;

use super::{CLIENTS, Figure, Unit};
use crate::{
    direct::Direct,
    progress::step,
    stack::{API_PASSWORD, Stack},
    trouble::{During, Result, Trouble},
};

const SECONDS: &str = "5";

/// None where the machine has no `pgbench`.
pub async fn trivial_calls(stack: &Stack, database: &str) -> Result<Option<Figure>> {
    let mut owner = Direct::connect(&stack.address().direct_url(database)).await?;
    owner
        .run(
            "create function app.do_nothing(args jsonb) returns jsonb language sql as $$ select args $$; \
             grant execute on function app.do_nothing(jsonb) to api",
        )
        .await?;
    let script = std::env::temp_dir().join(format!("back-office-bench-{}.sql", std::process::id()));
    std::fs::write(&script, "select app.do_nothing('{}'::jsonb)::text;\n").during("writing the script for pgbench")?;
    step("calling a function that does nothing, by pgbench");
    let output = Command::from(stack.tools.postgres.command("pgbench"))
        .args(["--no-vacuum", "--protocol=simple", "--jobs=2", "--time", SECONDS, "--client"])
        .arg(CLIENTS.to_string())
        .arg("--file")
        .arg(&script)
        .args(["--host=127.0.0.1", "--username=api", "--port", &stack.pgbouncer.port().to_string(), database])
        .env("PGPASSWORD", API_PASSWORD)
        .kill_on_drop(true)
        .output()
        .await;
    std::fs::remove_file(&script).during("removing the script for pgbench")?;
    let output = match output {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            step("this machine has no pgbench: the figure to compare with is left out");
            return Ok(None);
        }
        output => output.during("running pgbench")?,
    };
    let told = String::from_utf8_lossy(&output.stdout);
    let per_second = told.lines().find_map(|line| line.strip_prefix("tps = ")?.split('.').next()?.parse().ok());
    let value = per_second
        .ok_or_else(|| Trouble::new(format!("pgbench: {told}{}", String::from_utf8_lossy(&output.stderr))))?;
    let what = format!("calls of a function that does nothing, by pgbench, {CLIENTS} clients");
    Ok(Some(Figure::new("pooler", what, Unit::PerSecond, value)))
}
