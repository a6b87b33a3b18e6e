//! What can be wrong with a row, what is done about it, and what can be chosen instead.

mod kind;
mod money;
mod people;
mod places;

pub use kind::Kind;

/// The kind of this code.
pub fn find(code: &str) -> Option<&'static Kind> {
    all().find(|kind| kind.code == code)
}

/// In the order of the plan.
pub fn all() -> impl Iterator<Item = &'static Kind> {
    [people::KINDS, places::KINDS, money::KINDS].into_iter().flatten()
}
