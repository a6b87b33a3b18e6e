//! Credits and days of usage.

use super::kind::{Kind, kind, or};

pub static KINDS: &[Kind] = &[
    or(
        kind(
            "credits.balance_differs",
            "the balance is not what was bought less what was used",
            "the balance counts: the difference is an entry `opening` of what was adjusted",
        ),
        "--balance totals",
        "what was bought less what was used counts",
        |choices| choices.trusts_totals(),
    ),
    kind("credits.opening", "totals without a ledger", "entries `opening`: what was bought, what was used"),
    kind("credits.overdrawn", "more used than bought", "nothing: the balance stays below zero"),
    kind("credits.user_unknown", "credits of nobody", "archived"),
    kind("credits.second_row", "a user has several rows", "one with the sums"),
    kind("credits.of_a_member", "credits of a member", "the paying account's"),
    kind("credits.of_a_team", "a paying account whose members have credits", "with theirs"),
    kind("credits.number_unusable", "a figure is null, no number, too large, or hours below zero", "0"),
    kind("credits.fraction", "a fraction of a cent, or of a millionth hour", "rounded half to even"),
    kind(
        "credits.less_than_nothing",
        "less than nothing bought or used",
        "an entry `opening` of what was adjusted; what is left stays",
    ),
    kind("credits.id_unusable", "the id is null, or stands there twice", "a new one"),
    kind("credits.time_null", "a time is null", "the user's"),
    kind("days.as_charged", "days without readings and price", "as they were charged, for good"),
    kind("days.user_unknown", "a day of nobody", "archived"),
    kind("days.date_unusable", "a day without a date, or one before the year 1 or after 9999", "archived"),
    kind("days.date_twice", "a day stands there twice", "one with the sums"),
    kind("days.account_null", "a day without account", "the account that pays now"),
    kind("days.account_unknown", "the account is nobody here", "the account that pays now"),
    kind("days.account_of_a_member", "the account is a member's", "the account that pays for that member"),
    kind(
        "days.ahead_of_another_account",
        "a day ahead, charged to an account that does not pay any more",
        "the account that pays now",
    ),
    kind("days.number_unusable", "a figure is null, no number, too large, or hours below zero", "0"),
    kind("days.fraction", "a fraction of a cent, or of a millionth hour", "rounded half to even"),
    kind("days.in_the_future", "days that lie ahead", "as they are; readings of them are refused"),
    kind("days.id_unusable", "the id is null, or stands there twice", "a new one"),
    kind("days.time_null", "a time is null", "another time of the row, or now"),
];
