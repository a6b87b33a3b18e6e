//! Databases that nobody thought of: the eight tables with other columns, types and rules, and with rows that break
//! ours in every way, drawn from a seed.

mod around;
mod dice;
mod known;
mod rows;
mod shape;
mod values;

use self::{dice::Dice, shape::Table, values::Pools};

/// What an operator may choose.
const CHOICES: [&str; 11] = [
    "--same-address=oldest",
    "--members-of-members=alone",
    "--suspended-teams=leave",
    "--over-capacity=wait",
    "--balance=totals",
    "--invite-tokens=hashed",
    "--user-status=banned=active",
    "--user-status==deleted",
    "--deployment-status=weird=active",
    "--deployment-status==failed",
    "--charged-until=",
];

/// Some flags.
pub fn choices(seed: u64) -> Vec<&'static str> {
    let mut dice = Dice::of(!seed);
    CHOICES.into_iter().filter(|_| dice.chance(50)).collect()
}

/// A script that makes such a database.
pub fn script(seed: u64) -> String {
    let mut dice = Dice::of(seed);
    // Of a hundred values, how many break something. Some databases are clean, and some are empty.
    let mess = *dice.one_of(&[0, 2, 5, 10, 10, 25]);
    let people = *dice.one_of(&[0, 1, 8, 12, 16, 20, 20]);
    let mut pools = Pools::draw(people, mess, &mut dice);
    let tables = Table::draw_all(&mut dice, &mut pools);
    let mut script = String::from("set timezone = 'UTC';\n");
    for table in &tables {
        script += &table.create();
    }
    for table in &tables {
        script += &rows::insert(table, &mut pools, &mut dice);
    }
    // A rule that the rows break is not there: nobody could have made it.
    let mut rules = tables.iter().flat_map(|table| table.rules(&tables, &mut dice)).collect::<Vec<_>>();
    rules.extend(around::things(&tables, &mut dice));
    for rule in rules {
        let quoted = rule.replace('\'', "''");
        script += &format!("do $rule$ begin execute '{quoted}'; exception when others then null; end $rule$;\n");
    }
    script
}
