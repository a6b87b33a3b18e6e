//! The results as a page of Markdown.

use crate::bench::{
    figure::{Beside, Figure, Judged, Measured, Table},
    goal::Goal,
};

const HEAD: &str = "# Benchmarks\n\n<!-- Written by `make bench`. Do not edit: the next run writes it again. -->\n\n";

const INTRODUCTION: &str = include_str!("introduction.md");

/// The whole page.
pub fn page(results: &[Measured]) -> String {
    let runs: String = results
        .chunk_by(|one, next| (one.date, &one.machine) == (next.date, &next.machine))
        .map(|run| {
            let names: Vec<String> = run.iter().map(|part| format!("`{:?}`", part.section).to_lowercase()).collect();
            format!("- **{}**, {}: {}\n", run[0].date, names.join(" "), run[0].machine)
        })
        .collect();
    let goals: String = lines(results).iter().map(|line| goal_row(line)).collect();
    let tables = results.iter().flat_map(|part| part.tables.iter().map(|table| (table, part.date)));
    let shown: String = tables
        .map(|(table, date)| {
            let rows: String = table.figures.iter().map(row).collect();
            let Table { title, about, .. } = table;
            format!("## {title}\n\n{about} Measured {date}.\n\n{COLUMNS}{rows}\n")
        })
        .collect();
    let shortfalls: String = aims(results).iter().filter_map(shortfall).collect();
    let shortfalls = if shortfalls.is_empty() { "- Nowhere.\n" } else { &shortfalls };
    format!(
        "{HEAD}{runs}\n## Goals\n\n{GOAL_COLUMNS}{goals}\n{INTRODUCTION}\n{shown}## Where a figure falls short\n\n\
         {shortfalls}"
    )
}

/// A figure of a table with one of its goals, and how that is met where it can be told.
pub struct Aim<'a> {
    table: &'a Table,
    pub figure: &'a Figure,
    pub goal: &'a Goal,
    judged: Option<Judged>,
}

fn aims(results: &[Measured]) -> Vec<Aim<'_>> {
    let tables = results.iter().flat_map(|part| &part.tables);
    let figures = tables.flat_map(|table| table.figures.iter().map(move |figure| (table, figure)));
    let goals = figures.flat_map(|(table, figure)| figure.goals.iter().map(move |goal| (table, figure, goal)));
    goals.map(|(table, figure, goal)| Aim { table, figure, goal, judged: figure.judge(goal) }).collect()
}

/// One line for each goal: the figures that share it, the worst first.
pub fn lines(results: &[Measured]) -> Vec<Vec<Aim<'_>>> {
    let mut lines: Vec<Vec<Aim<'_>>> = Vec::new();
    for aim in aims(results) {
        let is_same = |line: &&mut Vec<Aim<'_>>| line[0].goal.line == aim.goal.line && line[0].goal.of == aim.goal.of;
        match lines.iter_mut().find(is_same) {
            Some(line) => line.push(aim),
            None => lines.push(vec![aim]),
        }
    }
    for line in &mut lines {
        line.sort_by_key(|aim| aim.judged.as_ref().map_or(0, |judged| u64::MAX - judged.used));
    }
    lines
}

const GOAL_COLUMNS: &str =
    "| figure | goal | limit it comes from | measured, the worst | met |\n|---|---|---|---|---|\n";

fn goal_row(line: &[Aim<'_>]) -> String {
    let Aim { figure, goal, judged, .. } = &line[0];
    let (shown, limit) = (goal.show(figure.unit), &goal.limit);
    let (measured, met) = match judged {
        None => ("not measured".to_owned(), String::new()),
        Some(judged) => {
            let which = if line.len() > 1 { format!("{}: ", figure.what) } else { String::new() };
            let met = line.iter().filter(|aim| aim.judged.as_ref().is_some_and(|judged| judged.is_met)).count();
            let met = match met {
                all if all == line.len() => "yes".to_owned(),
                0 => "no".to_owned(),
                some => format!("{some} of {}", line.len()),
            };
            (format!("{which}{}", judged.measured), met)
        }
    };
    format!("| {} | {shown} | {limit} | {measured} | {met} |\n", goal.line)
}

const COLUMNS: &str = "| what | measured | beside | difference | ratio | goal |\n|---|--:|--:|--:|--:|--:|\n";

fn row(figure: &Figure) -> String {
    let Figure { what, unit, value, .. } = figure;
    let column = |cell: &dyn Fn(&Beside) -> String| -> String {
        figure.beside.iter().map(cell).collect::<Vec<_>>().join("<br>")
    };
    let beside = column(&|beside| {
        let then = beside.earlier.map_or_else(String::new, |earlier| {
            format!(" ({}, beside {} then)", earlier.date, unit.show(earlier.measured))
        });
        format!("{} {}{then}", unit.show(beside.value), beside.what)
    });
    let differences = column(&|beside| figure.difference_to(beside));
    let ratios = column(&|beside| figure.ratio_to(beside).map_or_else(String::new, |ratio| ratio.to_string()));
    let goals: Vec<String> = figure.goals.iter().map(|goal| goal.show(*unit)).collect();
    let goals = goals.join("<br>");
    format!("| {what} | {} | {beside} | {differences} | {ratios} | {goals} |\n", unit.show(*value))
}

/// One line for a figure that misses a goal.
fn shortfall(aim: &Aim<'_>) -> Option<String> {
    let judged = aim.judged.as_ref().filter(|judged| !judged.is_met)?;
    let (title, what, goal) = (&aim.table.title, &aim.figure.what, aim.goal.show(aim.figure.unit));
    let why = reason(title, what);
    Some(format!("- {title}, **{what}** ({}, goal {goal}): {why}\n", judged.measured))
}

/// Why this figure of this table misses its goal, as far as that is known.
fn reason(table: &str, figure: &str) -> &'static str {
    match (table, figure) {
        ("Cold start" | "Processor time of a cold start", _) => {
            "the roots are compiled in and a signed login waits for no keys; what is left is what both have to do: start a process, \
             make the client of Secrets Manager, speak TLS, prove the password by SCRAM"
        }
        ("Warm request", _) => {
            "the earlier revision is as far from it in the same run: handing a request from process to process takes this machine a \
             multiple of what it took where the goal was set"
        }
        ("32 clients, a flush of 1.5 ms", "sign-ups on one cluster") => {
            "a sign-up holds its cluster's row for a flush and for what is left to do; with the wish for an account on the cluster \
             that is more, and 32 clients and their functions share the cores with the database"
        }
        ("32 clients, a flush of 1.5 ms", "sign-ups on 20 clusters" | "a seated user's login meanwhile, p50") => {
            "probably the cores: clients, functions, pooler and database share them, and with a quick disk it is little more"
        }
        (_, "logins of waiting users") => {
            "they take no lock; but they count who waits before them, up to a hundred, and look whether a seat is free"
        }
        ("Instructions", _) => "267,000 of it check a signature; what was cut so far is in the figures before",
        ("Invariants", _) => {
            "since then it looks at accounts on clusters, too, which the earlier revision does not know"
        }
        ("Scale", request) if request.contains(" /api/") => {
            "nothing is scanned; indexes are one level deeper and their pages colder"
        }
        _ => "no reason is known yet",
    }
}
