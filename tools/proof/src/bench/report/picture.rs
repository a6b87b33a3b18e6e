//! The results as a picture: each goal's worst figure as a bar above the one that it is compared with.

use super::page::lines;
use crate::bench::figure::{Beside, Figure, Measured};

const LABELS: u64 = 470;
const BARS: u64 = 420;
const BAR: u64 = 14;

/// An SVG of each goal's worst figure and what it is compared with.
pub fn picture(results: &[Measured]) -> String {
    let (mut rows, mut y) = (String::new(), 60);
    for line in lines(results) {
        let (figure, goal) = (line[0].figure, line[0].goal);
        let Some(beside) = figure.compared_with(goal) else { continue };
        let label = escaped(&format!("{}, {}", goal.line, goal.show(figure.unit)));
        rows += &format!("<text x=\"12\" y=\"{}\">{label}</text>\n{}", y + 17, bars(figure, beside, y));
        y += BAR * 2 + 10;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1200\" height=\"{y}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"12\" y=\"26\" font-size=\"16\">Goals: measured (dark) beside what it is compared with (light)</text>\n\
         {rows}</svg>\n"
    )
}

/// The longest bar fills the width: figures have different units.
fn bars(figure: &Figure, beside: &Beside, y: u64) -> String {
    let own = (figure.measured_with(beside), "#1f5f8b", format!(" {}", figure.what));
    let bars = [own, (beside.value, "#c8d3da", format!(" {}", beside.what))];
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
