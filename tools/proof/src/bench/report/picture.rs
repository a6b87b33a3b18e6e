//! The results as a picture: each figure as a bar above those that it is compared with.

use std::fmt::{Result, Write as _};

use crate::bench::figure::{Figure, Measured};

const WIDTH: u64 = 1030;
const LABELS: u64 = 400;
const BARS: u64 = 420;
const BAR: u64 = 14;
const GAP: u64 = 10;
const TOP: u64 = 60;

/// An SVG of every figure that is compared with something.
pub fn picture(results: &[Measured]) -> String {
    let (mut rows, mut y) = (String::new(), TOP);
    for table in results.iter().flat_map(|measured| &measured.tables) {
        for figure in table.figures.iter().filter(|figure| !figure.beside.is_empty()) {
            let label = escaped(&format!("{}: {}", table.title, figure.what));
            draw(&mut rows, y, &label, figure).expect("a String takes everything");
            y += BAR * (1 + figure.beside.len() as u64) + GAP;
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{y}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"12\" y=\"26\" font-size=\"16\">Measured (dark) beside what it is compared with (light)</text>\n\
         {rows}</svg>\n"
    )
}

/// The longest bar fills the width: figures have different units.
fn draw(svg: &mut String, y: u64, label: &str, figure: &Figure) -> Result {
    writeln!(svg, "<text x=\"12\" y=\"{}\">{label}</text>", y + 17)?;
    let own = (figure.value, "#1f5f8b", String::new());
    let others = figure.beside.iter().map(|beside| (beside.value, "#c8d3da", format!(" {}", beside.what)));
    let bars: Vec<_> = [own].into_iter().chain(others).collect();
    let longest = bars.iter().map(|(value, ..)| *value).max().unwrap_or_default().max(1);
    for (top, (value, colour, what)) in (y..).step_by(14).zip(bars) {
        let (width, what) = ((value * BARS / longest).max(1), escaped(&what));
        writeln!(
            svg,
            "<rect x=\"{LABELS}\" y=\"{top}\" width=\"{width}\" height=\"12\" fill=\"{colour}\"/>\
             <text x=\"{}\" y=\"{}\" font-size=\"10\">{}{what}</text>",
            LABELS + width + 6,
            top + 10,
            figure.unit.show(value),
        )?;
    }
    Ok(())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
