//! What the figures were measured on.

use anyhow::{Context, Result};
use std::{fs, thread};

use testkit::stack::Stack;

/// Processor, memory, versions, and how busy the machine was before.
pub fn describe(stack: &Stack) -> Result<String> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| Some(line.strip_prefix("model name")?.split_once(": ")?.1));
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let [[postgres, minor], [pgbouncer, its_minor]] = [stack.tools.postgres.version, stack.tools.pgbouncer.version];
    Ok(format!(
        "{cores} cores of {}, {} GiB; PostgreSQL {postgres}.{minor}, PgBouncer {pgbouncer}.{its_minor}; load {} at the \
         start.",
        model.unwrap_or("an unknown processor"),
        memory_kib()?.div_ceil(1024 * 1024),
        load.split(' ').next().unwrap_or("unknown"),
    ))
}

/// The machine's memory, of which PostgreSQL's manual gives it a quarter.
pub fn memory_kib() -> Result<u64> {
    let text = fs::read_to_string("/proc/meminfo").context("asking how much memory there is")?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse().ok());
    line.context("/proc/meminfo does not tell the memory")
}
