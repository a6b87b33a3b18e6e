//! Numbers as the server writes them: a double, as the shortest text that is read as the same one again.

use rust_decimal::{Decimal, RoundingStrategy};

/// To five places, half away from zero.
pub fn rounded(amount: Decimal) -> String {
    exact(amount.round_dp_with_strategy(5, RoundingStrategy::MidpointAwayFromZero))
}

/// In full, which takes an exponent for what is very small or very large.
pub fn exact(amount: Decimal) -> String {
    let number = double(amount);
    let is_plain = number == 0.0 || (1e-6..1e21).contains(&number.abs());
    if is_plain { number.to_string() } else { scientific(amount) }
}

/// With an exponent of two digits.
pub fn scientific(amount: Decimal) -> String {
    let text = format!("{:e}", double(amount));
    let (digits, exponent) = text.split_once('e').expect("it has an exponent");
    let (sign, power) = exponent.strip_prefix('-').map_or(('+', exponent), |power| ('-', power));
    format!("{digits}e{sign}{power:0>2}")
}

fn double(amount: Decimal) -> f64 {
    amount.to_string().parse().expect("a decimal is a number")
}
