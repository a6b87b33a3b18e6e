//! What a person reads before anything is changed: per table what is wrong, and what will be done about it.

use std::fmt;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{
    choices::Choices,
    kinds::{self, Kind},
    structure::{Note, TABLES},
};
use crate::admin_db::AdminDb;

/// Rows that are judged and written in a second, on two cores.
const ROWS_A_SECOND: u64 = 15_000;

/// What a take-over will do.
#[derive(Debug)]
pub struct Plan {
    /// Each table with its rows; none where it is absent.
    tables: Vec<(&'static str, Option<u64>)>,
    findings: Vec<Finding>,
    notes: Vec<Note>,
    choices: Choices,
}

#[derive(Debug)]
struct Finding {
    table: String,
    kind: &'static Kind,
    rows: u64,
    examples: Vec<String>,
}

const FINDINGS: &str = "select json_build_array(table_name, kind, rows, examples)::text \
    from ( \
      select table_name, kind, count(*) as rows, \
        (array_agg(coalesce(row_id, 'null') || coalesce(' (' || left(note, 80) || ')', '') order by row_id))[1:3] as examples \
      from troubles group by table_name, kind \
      union all select table_name, kind, rows, examples from remarks where rows > 0 \
    ) f";

impl Plan {
    /// Reads what the judgement has found.
    pub async fn read(database: &mut AdminDb, notes: Vec<Note>, choices: &Choices) -> Result<Self> {
        let mut tables = Vec::new();
        for name in TABLES {
            let known = database.texts(&format!("select to_regclass('public.{name}')")).await? != [None];
            let rows = match known && !choices.aside.iter().any(|aside| aside == name) {
                true => Some(database.one_text(&format!("select count(*) from old_{name}")).await?.parse()?),
                false => None,
            };
            tables.push((name, rows));
        }
        let lines = database.texts(FINDINGS).await?.into_iter().flatten();
        let mut findings = lines.map(|line| Finding::read(&line)).collect::<Result<Vec<_>>>()?;
        findings.sort_by_key(|finding| kinds::all().position(|kind| kind.code == finding.kind.code));
        Ok(Self { tables, findings, notes, choices: choices.clone() })
    }

    /// A plan that ends with what stands around the tables: the rows were not looked at.
    pub fn of_notes(notes: Vec<Note>, choices: &Choices) -> Self {
        Self { tables: Vec::new(), findings: Vec::new(), notes, choices: choices.clone() }
    }

    /// Why nothing can be taken over yet, a sentence for each reason.
    pub fn obstacles(&self) -> Vec<String> {
        let notes = self.notes.iter().filter(|note| note.blocks).map(Note::to_string);
        let findings = self.findings.iter().filter(|finding| finding.kind.stops(&self.choices));
        let findings = findings.map(|finding| {
            let (flag, _) = finding.kind.instead(&self.choices).unwrap_or_default();
            let Finding { table, kind, rows: count, .. } = finding;
            format!("{table}: {} in {}: mend them, or choose {flag}", kind.trouble, rows(*count))
        });
        notes.chain(findings).collect()
    }

    /// Whether there are keys to encrypt.
    pub fn has_keys(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.kind.code.ends_with(".key_plain") || finding.kind.code.ends_with(".key_encrypted"))
    }
}

impl Finding {
    fn read(line: &str) -> Result<Self> {
        let Value::Array(parts) = serde_json::from_str(line)? else { anyhow::bail!("{line} is no finding") };
        let [Value::String(table), Value::String(code), Value::Number(rows), examples] = &parts[..] else {
            anyhow::bail!("{line} is no finding")
        };
        let examples = examples.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        Ok(Self {
            table: table.clone(),
            kind: kinds::find(code).with_context(|| format!("{code} is no kind of trouble"))?,
            rows: rows.as_u64().context("rows are counted")?,
            examples: examples.collect(),
        })
    }
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

impl fmt::Display for Plan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (table, count) in &self.tables {
            let Some(count) = count else {
                writeln!(out, "{table}: absent, and made new")?;
                continue;
            };
            writeln!(out, "{table}: {}", rows(*count))?;
            for finding in self.findings.iter().filter(|finding| finding.table == *table) {
                let Finding { kind, rows: count, examples, .. } = finding;
                writeln!(out, "  {:>9}  {}", rows(*count), kind.trouble)?;
                writeln!(out, "             -> {}", kind.action(&self.choices))?;
                if !examples.is_empty() {
                    writeln!(out, "             for example {}", examples.join(", "))?;
                }
                if let Some((flag, action)) = kind.instead(&self.choices) {
                    writeln!(out, "             instead {flag}: {action}")?;
                }
            }
        }
        if !self.notes.is_empty() {
            writeln!(out, "what stands around the tables:")?;
        }
        for note in &self.notes {
            writeln!(out, "  {note}")?;
        }
        let seconds = self.tables.iter().filter_map(|(_, count)| *count).sum::<u64>() / ROWS_A_SECOND + 5;
        writeln!(out, "the web app must stand still for about {seconds} s: its tables are locked meanwhile")?;
        for obstacle in self.obstacles() {
            writeln!(out, "stops it: {obstacle}")?;
        }
        Ok(())
    }
}
