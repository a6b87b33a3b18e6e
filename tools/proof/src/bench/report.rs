//! What `make bench` writes: the last result of each section, kept in the tree, and page and picture made of them.

pub mod machine;
mod page;
mod picture;

use std::fs;

use anyhow::{Context, Result};

use self::{page::page, picture::picture};
use crate::bench::figure::Measured;
use ops::schema::checkout;

const DATA: &str = "docs/benchmarks.json";

/// What `docs/benchmarks.json` holds.
pub fn read() -> Result<Vec<Measured>> {
    let text = fs::read_to_string(checkout().join(DATA)).context(format!("reading {DATA}"))?;
    serde_json::from_str(&text).context(format!("reading {DATA}"))
}

/// Puts these results in the place of the last ones of the same sections; the other sections stay.
pub fn replace(results: &mut Vec<Measured>, new: Vec<Measured>) {
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
    use crate::bench::figure::{Figure, Limit, Section, Table, Unit};

    #[test]
    fn page_and_picture_are_what_the_data_says() {
        for (file, text) in files(&read().unwrap()).unwrap() {
            let written = fs::read_to_string(checkout().join(file)).unwrap();
            assert!(written == text, "{file} is not as written; `proof bench --page` writes it from {DATA}");
        }
    }

    fn measured(section: Section, title: &str, figure: Figure) -> Measured {
        let (date, machine) = ("2026-11-25".parse().unwrap(), format!("machine {}", figure.value));
        Measured { section, date, machine, tables: vec![Table::new(title, "About it.", vec![figure])] }
    }

    #[test]
    fn a_partial_run_replaces_only_its_sections() {
        let counted = |section, value| measured(section, "A table", Figure::new("figure", Unit::Count, value));
        let mut results = vec![counted(Section::Cold, 1), counted(Section::Warm, 2), counted(Section::Node, 3)];
        replace(&mut results, vec![counted(Section::Warm, 4)]);
        let values: Vec<u64> = results.iter().map(|measured| measured.tables[0].figures[0].value).collect();
        assert_eq!(values, [1, 4, 3]);
        let page = page(&results);
        assert!(page.contains("- **2026-11-25**, `warm`: machine 4\n"), "{page}");
        assert!(page.contains("- Nowhere.\n"), "{page}");
    }

    #[test]
    fn a_figure_that_misses_its_limit_is_listed_with_its_reason() {
        let missing = |title, what| {
            let figure = Figure::new(what, Unit::Microseconds, 150).beside("the bare call", 100);
            measured(Section::Scale, title, figure.limit(Limit::AtMostPercent(130)))
        };
        let page = page(&[missing("Scale", "POST /api/usage a hundred readings"), missing("Another", "figure")]);
        let line = "- Scale, **POST /api/usage a hundred readings** (1.50×, limit ≤ 1.30×): the large database";
        assert!(page.contains(line), "{page}");
        assert!(page.contains("(1.50×, limit ≤ 1.30×): no reason is known yet\n"), "{page}");
        let row = "| figure | 0.150 ms | 0.100 ms the bare call | 1.50× | ≤ 1.30× |\n";
        assert!(page.contains(row), "{page}");
    }
}
