//! The results as a page of Markdown.

use crate::bench::figure::{Figure, Measured, Table};

const HEAD: &str = "# Benchmarks\n\n<!-- Written by `make bench`. Do not edit: the next run writes it again. -->\n\n";

const INTRODUCTION: &str = "\
Machines differ, so each figure stands beside another one of the same run. The two take turns, so that other work on
the machine slows both. *The bare call* is the SQL statement that a request becomes, read by a proxy and sent by
`pgbench` through the same pooler, with users and numbers drawn again. The ratio is the measured figure over the one
beside it; a limit is one of the figure or of the ratio. The figures are of release binaries. PostgreSQL has a quarter
of the memory as shared buffers, and `fsync` is off: a write does not wait for a disk.

`make bench` takes about half an hour; `make bench ONLY='cold warm'` measures a part, and the other sections keep their
last result. It needs `pgbench` beside PostgreSQL, and `valgrind` for the instructions. The same as data:
[benchmarks.json](benchmarks.json); as a picture: [benchmarks.svg](benchmarks.svg).
";

/// The whole page.
pub fn page(results: &[Measured]) -> String {
    let runs: String = results
        .chunk_by(|one, next| (one.date, &one.machine) == (next.date, &next.machine))
        .map(|run| {
            let names: Vec<String> = run.iter().map(|part| format!("`{:?}`", part.section).to_lowercase()).collect();
            format!("- **{}**, {}: {}\n", run[0].date, names.join(" "), run[0].machine)
        })
        .collect();
    let tables = || results.iter().flat_map(|part| part.tables.iter().map(|table| (table, part.date)));
    let shown: String = tables()
        .map(|(table, date)| {
            let rows: String = table.figures.iter().map(row).collect();
            let Table { title, about, .. } = table;
            format!("## {title}\n\n{about} Measured {date}.\n\n{COLUMNS}{rows}\n")
        })
        .collect();
    let shortfalls: String =
        tables().flat_map(|(table, _)| table.figures.iter().filter_map(|it| shortfall(table, it))).collect();
    let shortfalls = if shortfalls.is_empty() { "- Nowhere.\n" } else { &shortfalls };
    format!("{HEAD}{runs}\n{INTRODUCTION}\n{shown}## Where a figure falls short\n\n{shortfalls}")
}

const COLUMNS: &str = "| what | measured | beside | ratio | limit |\n|---|--:|--:|--:|--:|\n";

fn row(figure: &Figure) -> String {
    let Figure { what, unit, value, .. } = figure;
    let beside: Vec<String> =
        figure.beside.iter().map(|beside| format!("{} {}", unit.show(beside.value), beside.what)).collect();
    let ratios: Vec<String> = figure.beside.iter().map(|beside| figure.ratio_to(beside)).collect();
    let limits: Vec<String> = figure.limits.iter().map(|limit| limit.show(*unit)).collect();
    let (beside, ratios, limits) = (beside.join("<br>"), ratios.join("<br>"), limits.join(", "));
    format!("| {what} | {} | {beside} | {ratios} | {limits} |\n", unit.show(*value))
}

/// One line for a figure that misses a limit.
fn shortfall(table: &Table, figure: &Figure) -> Option<String> {
    let (missed, title, what) = (figure.missed(), &table.title, &figure.what);
    let why = reason(title, what);
    (!missed.is_empty()).then(|| format!("- {title}, **{what}** ({}): {why}\n", missed.join("; ")))
}

/// Why this figure of this table misses its limit, as far as that is known.
fn reason(table: &str, figure: &str) -> &'static str {
    match (table, figure) {
        ("Warm request", "a login, p50") => "the runtime client and our own work add about 0.3 ms to any call",
        ("Warm request", _) => {
            "the runtime client and our own work, half of it the check of the token's signature, add about 0.3 ms to any call"
        }
        ("Sixteen clients", "a balance") => {
            "the call takes a tenth of a millisecond, and the functions check signatures on the cores that the database needs"
        }
        ("Readings", "1,000 a batch, spread, of 1,000 accounts") => {
            "a thousand accounts need a thousand ledger entries; apart from the foreign keys (17 %), nothing takes more than 6 %"
        }
        ("Scale", "GET /api/admin/invariants a page of users") => {
            "a page looks at a thousand users: the small database reads each table once, the large one looks users up by index"
        }
        ("Scale", "POST /api/usage a hundred readings") => "the large database meets more days that are new to it",
        ("Scale", request) if request.contains(" /api/") => {
            "less than a millisecond, and nothing is scanned; probably indexes are deeper and caches colder"
        }
        _ => "no reason is known yet",
    }
}
