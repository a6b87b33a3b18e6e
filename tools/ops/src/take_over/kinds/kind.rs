//! What a kind of trouble is.

use crate::take_over::choices::Choices;

/// A kind of trouble. The judgement (`judge/*.sql`) names it by its code.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub code: &'static str,
    /// What is wrong.
    pub trouble: &'static str,
    /// What is done.
    pub action: &'static str,
    /// What can be chosen: the flag, whether it was, and what is done then.
    instead: Option<Instead>,
    /// Whether nothing is taken over until something else is chosen.
    stops: bool,
}

#[derive(Clone, Copy, Debug)]
struct Instead {
    flag: &'static str,
    action: &'static str,
    is_chosen: fn(&Choices) -> bool,
}

impl Kind {
    /// What is done, as it was chosen.
    pub fn action(&self, choices: &Choices) -> &'static str {
        self.instead.filter(|instead| (instead.is_chosen)(choices)).map_or(self.action, |instead| instead.action)
    }

    /// Whether nothing is taken over while there are such rows.
    pub fn stops(&self, choices: &Choices) -> bool {
        self.stops && self.instead(choices).is_some()
    }

    /// The flag that chooses otherwise, and what is done then; none if it was given.
    pub fn instead(&self, choices: &Choices) -> Option<(&'static str, &'static str)> {
        self.instead.filter(|instead| !(instead.is_chosen)(choices)).map(|instead| (instead.flag, instead.action))
    }
}

pub const fn kind(code: &'static str, trouble: &'static str, action: &'static str) -> Kind {
    Kind { code, trouble, action, instead: None, stops: false }
}

pub const fn or(kind: Kind, flag: &'static str, action: &'static str, is_chosen: fn(&Choices) -> bool) -> Kind {
    Kind { instead: Some(Instead { flag, action, is_chosen }), ..kind }
}

pub const fn stops(kind: Kind) -> Kind {
    Kind { stops: true, ..kind }
}

/// What is done where nothing is.
pub const UNDECIDED: &str = "nothing is taken over until this is decided";
