//! The results as a picture: each figure as a bar above those that it is compared with.

use crate::bench::figure::{Figure, Measured};

const LABELS: u64 = 400;
const BARS: u64 = 420;
const BAR: u64 = 14;

/// An SVG of every figure that is compared with something.
pub fn picture(results: &[Measured]) -> String {
    let (mut rows, mut y) = (String::new(), 60);
    for table in results.iter().flat_map(|measured| &measured.tables) {
        for figure in table.figures.iter().filter(|figure| !figure.beside.is_empty()) {
            let label = escaped(&format!("{}: {}", table.title, figure.what));
            rows += &format!("<text x=\"12\" y=\"{}\">{label}</text>\n{}", y + 17, bars(figure, y));
            y += BAR * (1 + figure.beside.len() as u64) + 10;
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1030\" height=\"{y}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"12\" y=\"26\" font-size=\"16\">Measured (dark) beside what it is compared with (light)</text>\n\
         {rows}</svg>\n"
    )
}

/// The longest bar fills the width: figures have different units.
fn bars(figure: &Figure, y: u64) -> String {
    let others = figure.beside.iter().map(|beside| (beside.value, "#c8d3da", format!(" {}", beside.what)));
    let bars: Vec<_> = [(figure.value, "#1f5f8b", String::new())].into_iter().chain(others).collect();
    let longest = bars.iter().map(|(value, ..)| *value).max().unwrap_or_default().max(1);
    let bar = |(top, (value, colour, what)): (u64, (u64, &str, String))| {
        let width = (value * BARS / longest).max(1);
        let (value, what) = (figure.unit.show(value), escaped(&what));
        let (x, bottom) = (LABELS + width + 6, top + 10);
        format!(
            "<rect x=\"{LABELS}\" y=\"{top}\" width=\"{width}\" height=\"12\" fill=\"{colour}\"/>\
             <text x=\"{x}\" y=\"{bottom}\" font-size=\"10\">{value}{what}</text>\n"
        )
    };
    (y..).step_by(14).zip(bars).map(bar).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
