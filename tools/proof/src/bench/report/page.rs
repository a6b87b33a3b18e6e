//! The results as a page of Markdown.

use std::fmt::{Result, Write as _};

use clap::ValueEnum;

use super::reasons::reason;
use crate::bench::figure::{Figure, Measured, Table};

const INTRODUCTION: &str = "\
Machines differ, so each figure stands beside another one of the same run. The two take turns, so that other work on
the machine slows both. *The bare call* is the SQL statement that a request becomes, read by a proxy and sent by
`pgbench` through the same pooler, with users and numbers drawn again. The ratio is the measured figure over the one
beside it; a limit is one of the figure or of the ratio. The figures are of release binaries. PostgreSQL has a quarter
of the memory as shared buffers, and `fsync` is off: a write does not wait for a disk.

`make bench` takes about half an hour; `make bench ONLY='cold warm'` measures a part, and the other sections keep their
last result. `make bench NODE=yes` measures Node too. It needs `pgbench` beside PostgreSQL, and `valgrind` for the
instructions. The same as data: [benchmarks.json](benchmarks.json); as a picture: [benchmarks.svg](benchmarks.svg).
";

/// The whole page.
pub fn page(results: &[Measured]) -> String {
    let mut text = String::from(
        "# Benchmarks\n\n<!-- Written by `make bench`. Do not edit: the next run writes it again. -->\n\n",
    );
    write_page(&mut text, results).expect("a String takes everything");
    text
}

fn write_page(text: &mut String, results: &[Measured]) -> Result {
    let mut runs: Vec<(&Measured, Vec<String>)> = Vec::new();
    for measured in results {
        let name =
            measured.section.to_possible_value().map_or(String::new(), |value| format!("`{}`", value.get_name()));
        match runs.iter_mut().find(|(run, _)| (run.date, &run.machine) == (measured.date, &measured.machine)) {
            Some((_, names)) => names.push(name),
            None => runs.push((measured, vec![name])),
        }
    }
    for (run, names) in runs {
        writeln!(text, "- **{}**, {}: {}", run.date, names.join(" "), run.machine)?;
    }
    writeln!(text, "\n{INTRODUCTION}")?;
    for measured in results {
        for table in &measured.tables {
            writeln!(text, "## {}\n\n{} Measured {}.\n", table.title, table.about, measured.date)?;
            write_table(text, table)?;
            writeln!(text)?;
        }
    }
    writeln!(text, "## Where a figure falls short\n")?;
    let tables = results.iter().flat_map(|measured| &measured.tables);
    let shortfalls: Vec<String> = tables.flat_map(shortfalls).collect();
    let none = ["- Nowhere.\n".to_owned()];
    text.extend(if shortfalls.is_empty() { none.iter() } else { shortfalls.iter() }.map(String::as_str));
    Ok(())
}

/// One line for each figure that misses a limit.
fn shortfalls(table: &Table) -> Vec<String> {
    let mut lines = Vec::new();
    for figure in &table.figures {
        let missed: Vec<String> = figure
            .missed()
            .map(|limit| {
                let beside = figure.beside.first().filter(|_| limit.is_ratio());
                let measured = beside.map_or_else(|| figure.unit.show(figure.value), |beside| figure.ratio_to(beside));
                format!("{measured}, limit {}", limit.show(figure.unit))
            })
            .collect();
        if !missed.is_empty() {
            let why = reason(&table.title, &figure.what);
            lines.push(format!("- {}, **{}** ({}): {why}\n", table.title, figure.what, missed.join("; ")));
        }
    }
    lines
}

fn write_table(text: &mut String, table: &Table) -> Result {
    let head: String = match &*table.columns {
        [] => "| beside | ratio | limit |".to_owned(),
        columns => columns.iter().map(|column| format!("| {column} | ratio ")).chain(["|".to_owned()]).collect(),
    };
    let line = format!("| what | measured {head}");
    writeln!(text, "{line}\n|---|{}", "--:|".repeat(line.matches('|').count() - 2))?;
    for figure in &table.figures {
        writeln!(text, "| {} | {} {}", figure.what, figure.unit.show(figure.value), cells(figure, &table.columns))?;
    }
    Ok(())
}

/// What stands beside a figure: in the table's columns, or named in a column for all of it.
fn cells(figure: &Figure, columns: &[String]) -> String {
    if columns.is_empty() {
        let beside = figure.beside.first().map(|beside| {
            let value = format!("{} {}", figure.unit.show(beside.value), beside.what);
            format!("| {value} | {} ", figure.ratio_to(beside))
        });
        let limits: Vec<String> = figure.limits.iter().map(|limit| limit.show(figure.unit)).collect();
        let beside = beside.unwrap_or("|  |  ".to_owned());
        return format!("{beside}| {} |", limits.join(", "));
    }
    let cell = |column: &String| match figure.beside.iter().find(|beside| beside.what == *column) {
        Some(beside) => format!("| {} | {} ", figure.unit.show(beside.value), figure.ratio_to(beside)),
        None => "| | ".to_owned(),
    };
    columns.iter().map(cell).chain(["|".to_owned()]).collect()
}
