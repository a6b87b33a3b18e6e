//! What `make bench` writes: the last result of each section, kept in the tree, and page and picture made of them.

pub mod machine;
mod page;
mod picture;

use std::fs;

use anyhow::{Context, Result};

use self::{page::page, picture::picture};
use crate::bench::{contenders::WHEN_ASKED_FOR, figure::Measured};
use ops::schema::checkout;

const DATA: &str = "docs/benchmarks.json";

/// What `docs/benchmarks.json` holds.
pub fn read() -> Result<Vec<Measured>> {
    let text = fs::read_to_string(checkout().join(DATA)).context(format!("reading {DATA}"))?;
    serde_json::from_str(&text).context(format!("reading {DATA}"))
}

/// Puts these results in the place of the last ones of the same sections; the other sections stay, and so do comparisons
/// that are measured only when asked for.
pub fn replace(results: &mut Vec<Measured>, mut new: Vec<Measured>) {
    for new in &mut new {
        let Some(last) = results.iter().find(|last| last.section == new.section) else { continue };
        for table in &mut new.tables {
            let same_table = last.tables.iter().filter(|last| last.title == table.title);
            for last_figure in same_table.flat_map(|table| &table.figures) {
                for figure in table.figures.iter_mut().filter(|figure| figure.what == last_figure.what) {
                    figure.keep(last_figure, last.date, &WHEN_ASKED_FOR);
                }
            }
        }
    }
    results.retain(|old| new.iter().all(|new| new.section != old.section));
    results.extend(new);
    results.sort_by_key(|measured| measured.section);
}

/// Writes the data, the page and the picture.
pub fn write(results: &[Measured]) -> Result<()> {
    for (file, text) in files(results)? {
        fs::write(checkout().join(file), text).context(format!("writing {file}"))?;
    }
    Ok(())
}

fn files(results: &[Measured]) -> Result<[(&'static str, String); 3]> {
    Ok([
        (DATA, format!("{}\n", serde_json::to_string_pretty(results)?)),
        ("docs/benchmarks.md", page(results)),
        ("docs/benchmarks.svg", picture(results)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{
        figure::{Figure, Section, Table},
        goal::{Bound, Goal},
        unit::Unit,
    };

    #[test]
    fn page_and_picture_are_what_the_data_says() {
        for (file, text) in files(&read().unwrap()).unwrap() {
            let written = fs::read_to_string(checkout().join(file)).unwrap();
            assert!(written == text, "{file} is not as written; `proof bench --page` writes it from {DATA}");
        }
    }

    fn measured(section: Section, title: &str, figures: Vec<Figure>) -> Measured {
        let (date, machine) = ("2026-11-25".parse().unwrap(), format!("machine {}", figures[0].value));
        Measured { section, date, machine, tables: vec![Table::new(title, "About it.", figures)] }
    }

    fn counted(section: Section, value: u64) -> Measured {
        measured(section, "A table", vec![Figure::new("figure", Unit::Count, value)])
    }

    #[test]
    fn a_partial_run_replaces_only_its_sections() {
        let mut results = vec![counted(Section::Cold, 1), counted(Section::Warm, 2), counted(Section::Scale, 3)];
        replace(&mut results, vec![counted(Section::Warm, 4)]);
        let values: Vec<u64> = results.iter().map(|measured| measured.tables[0].figures[0].value).collect();
        assert_eq!(values, [1, 4, 3]);
        let page = page(&results);
        assert!(page.contains("- **2026-11-25**, `warm`: machine 4\n"), "{page}");
        assert!(page.contains("- Nowhere.\n"), "{page}");
    }

    #[test]
    fn a_comparison_that_was_not_asked_for_keeps_its_last_result() {
        let half = Goal::new("a line", Bound::PercentAtMost(50), "before", "the network");
        let figure = |value| Figure::new("figure", Unit::Count, value).goal(half.clone());
        let of = |figure| vec![measured(Section::Warm, "A table", vec![figure])];
        let mut results = of(figure(40).beside("before (abc)", 100).beside("hello-world", 1));
        for _ in 0..2 {
            replace(&mut results, of(figure(70).beside("hello-world", 2)));
        }
        let page = page(&results);
        let row = "| figure | 70 | 2 hello-world<br>100 before (abc) (2026-11-25, beside 40 then) \
            | +68<br>−60 | 35.00×<br>0.40× | ≤ 0.50× before |\n";
        assert!(page.contains(row), "{page}");
        assert!(page.contains("| a line | ≤ 0.50× before | the network | 0.40× before (abc) | yes |\n"), "{page}");
        replace(&mut results, of(figure(70).beside("before (def)", 100)));
        let beside = &results[0].tables[0].figures[0].beside;
        assert_eq!(beside.iter().map(|beside| beside.what.as_str()).collect::<Vec<_>>(), ["before (def)"]);
    }

    #[test]
    fn a_goal_that_is_missed_is_listed_with_its_reason() {
        let figure =
            |what: &str, value, goal| Figure::new(what, Unit::Microseconds, value).beside("hello", 100).goal(goal);
        let percent = || Goal::new("a request at a million users", Bound::PercentAtMost(160), "hello", "one level");
        let more = Goal::new("a warm request", Bound::MoreAtMost(20), "hello", "the network");
        let scale = [("GET /api/usage", 170), ("GET /api/credits", 110), ("GET /api/team", 200)];
        let scale = scale.map(|(what, value)| figure(what, value, percent()));
        let unknown = Goal::new("never measured", Bound::PercentAtLeast(50), "before", "the disk");
        let warm = vec![figure("a balance", 121, more), figure("a login", 1, unknown)];
        let page = page(&[measured(Section::Warm, "Warm", warm), measured(Section::Scale, "Scale", scale.to_vec())]);
        for line in [
            "| a warm request | ≤ hello + 0.020 ms | the network | +0.021 ms | no |\n",
            "| never measured | ≥ 0.50× before | the disk | not measured |  |\n",
            "| a request at a million users | ≤ 1.60× hello | one level | GET /api/team: 2.00× hello | 1 of 3 |\n",
            "- Scale, **GET /api/usage** (1.70× hello, goal ≤ 1.60× hello): nothing is scanned;",
            "- Warm, **a balance** (+0.021 ms, goal ≤ hello + 0.020 ms): no reason is known yet\n",
        ] {
            assert!(page.contains(line), "{line} is not in {page}");
        }
        assert!(!page.contains("- Scale, **GET /api/credits**"), "{page}");
    }

    #[test]
    fn a_goal_is_met_up_to_its_bound() {
        let figure = Figure::new("figure", Unit::Count, 80).beside("before (abc)", 100);
        let is_met = |bound| figure.judge(&Goal::new("", bound, "before", "")).unwrap().is_met;
        let met = [Bound::AtMost(80), Bound::PercentAtMost(80), Bound::PercentAtLeast(80), Bound::MoreAtMost(0)];
        assert!(met.into_iter().all(is_met));
        let missed = [Bound::AtMost(79), Bound::PercentAtMost(79), Bound::PercentAtLeast(81)];
        assert!(!missed.into_iter().any(is_met));
    }
}
