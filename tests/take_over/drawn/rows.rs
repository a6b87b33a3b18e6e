//! Rows for the tables.

use super::{dice::Dice, shape::Table, values::Pools};

/// Fills a table.
pub fn insert(table: &Table, pools: &mut Pools, dice: &mut Dice) -> String {
    if table.rows == 0 {
        return String::new();
    }
    let names = table.columns.iter().map(|column| &*column.name).collect::<Vec<_>>().join(", ");
    let mut rows = Vec::new();
    for number in 0..table.rows {
        let values = table.columns.iter().map(|column| match (table.name, &*column.name) {
            ("users", "id") => pools.user_id(number, dice),
            ("hopsworks_clusters", "id") if !dice.chance(pools.mess / 4) => pools.clusters[number].clone(),
            _ => pools.value(column.family, &column.sql_type, number, dice),
        });
        rows.push(format!("({})", values.collect::<Vec<_>>().join(", ")));
        // A row that stands there twice.
        if dice.chance(pools.mess / 5) {
            let again = rows.last().cloned();
            rows.extend(again);
        }
    }
    format!("insert into {} ({names}) values\n {};\n", table.name, rows.join(",\n "))
}
