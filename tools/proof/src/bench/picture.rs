//! The figures as a picture: each as a bar above the one it is compared with.

use std::fmt::Write as _;

use super::figure::{Figure, shown};

const WIDTH: u64 = 960;
const LABELS: u64 = 330;
const BARS: u64 = 420;
const ROW: u64 = 38;
const TOP: u64 = 60;

/// An SVG of every figure that stands beside another one.
pub fn picture(figures: &[Figure]) -> String {
    let compared: Vec<&Figure> = figures.iter().filter(|figure| figure.beside.is_some()).collect();
    let height = TOP + ROW * compared.len() as u64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"12\" y=\"26\" font-size=\"16\">Measured (dark) beside what it is compared with (light)</text>\n"
    );
    for (row, figure) in (0..).zip(compared) {
        draw(&mut svg, TOP + row * ROW, figure);
    }
    svg.push_str("</svg>\n");
    svg
}

/// The longer bar of a pair fills the width: pairs have different units.
fn draw(svg: &mut String, y: u64, figure: &Figure) {
    let Some(beside) = &figure.beside else { return };
    let longest = figure.value.max(beside.value).max(1);
    let colour = if figure.is_met() { "#1f5f8b" } else { "#b03a2e" };
    let label = escaped(&format!("{}: {}", figure.section, figure.what));
    writeln!(svg, "<text x=\"12\" y=\"{}\">{label}</text>", y + 17).expect("a String takes everything");
    let told = escaped(&format!("{} {}", shown(beside.value, figure.unit), beside.what));
    let bars = [(figure.value, colour, shown(figure.value, figure.unit)), (beside.value, "#c8d3da", told)];
    for (at, (value, colour, told)) in (0..).zip(bars) {
        let (top, width) = (y + at * 14, (value * BARS / longest).max(1));
        writeln!(
            svg,
            "<rect x=\"{LABELS}\" y=\"{top}\" width=\"{width}\" height=\"12\" fill=\"{colour}\"/>\
             <text x=\"{}\" y=\"{}\" font-size=\"10\">{told}</text>",
            LABELS + width + 6,
            top + 10
        )
        .expect("a String takes everything");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
