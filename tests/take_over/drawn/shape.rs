//! Which columns the tables have, of which types, in which order, and which rules hold.

use super::{
    dice::Dice,
    known::KNOWN,
    values::{Family, Pools},
};

pub struct Table {
    pub name: &'static str,
    pub columns: Vec<Column>,
    pub rows: usize,
}

pub struct Column {
    pub name: String,
    pub family: Family,
    pub sql_type: String,
}

/// Ours first; the others are what such a column is made with as well.
fn types(family: Family) -> &'static [&'static str] {
    match family {
        Family::RowId => &["uuid", "uuid", "bigserial", "text", "bigint generated always as identity"],
        Family::ClusterId => &["uuid", "uuid", "text", "bigint"],
        Family::User | Family::EachUser | Family::Account => &["text", "character varying(500)"],
        Family::OwnerOfDeployment => &["text", "uuid"],
        Family::Address | Family::Name | Family::Url | Family::Key | Family::Text => {
            &["text", "character varying", "character varying(4000)"]
        }
        Family::Token => &["text", "character varying", "text", "bytea"],
        Family::Hash => &["text", "bytea", "character varying(100)"],
        Family::Flag => &["boolean", "text", "integer"],
        Family::UserStatus | Family::ClusterStatus | Family::DeploymentStatus => {
            &["text", "character varying(20)", "text"]
        }
        Family::Json => &["jsonb", "json", "text"],
        Family::Count => &["integer", "bigint", "numeric"],
        Family::Room => &["integer", "smallint", "bigint"],
        Family::Money | Family::Hours => &["numeric(10,2)", "numeric", "numeric(14,4)", "double precision", "text"],
        Family::Day => &["date", "timestamp", "timestamptz"],
        Family::Time | Family::Never | Family::Expiry => &["timestamptz", "timestamp", "timestamptz(0)", "text"],
        Family::Further => &["text", "text[]", "inet", "double precision"],
    }
}

impl Table {
    pub fn draw_all(dice: &mut Dice, pools: &mut Pools) -> Vec<Self> {
        let only_users = dice.chance(6);
        let cluster_type = type_of(Family::ClusterId, dice);
        pools.draw_clusters(&cluster_type, dice);
        let mut tables = Vec::new();
        for (name, known) in KNOWN {
            if name != "users" && (only_users || dice.chance(8)) {
                continue;
            }
            let mut columns = Vec::new();
            for (name, family, percent) in known {
                if dice.chance(*percent) {
                    let sql_type = match family {
                        Family::ClusterId => cluster_type.clone(),
                        Family::User | Family::EachUser | Family::Account | Family::OwnerOfDeployment
                            if pools.users_are_uuids =>
                        {
                            "uuid".to_owned()
                        }
                        _ => type_of(*family, dice),
                    };
                    columns.push(Column { name: (*name).to_owned(), family: *family, sql_type });
                }
            }
            for number in 0..dice.below(3) {
                let sql_type = type_of(Family::Further, dice);
                columns.push(Column { name: format!("further_{number}"), family: Family::Further, sql_type });
            }
            if dice.chance(50) {
                dice.shuffle(&mut columns);
            }
            let people = pools.users.len();
            let rows = match name {
                "users" => people,
                "hopsworks_clusters" => pools.clusters.len(),
                _ if people == 0 => 0,
                _ if pools.mess == 0 => dice.below(people + 1),
                _ => dice.below(people + 6),
            };
            tables.push(Self { name, columns, rows });
        }
        tables
    }

    pub fn create(&self) -> String {
        let columns = self.columns.iter().map(|column| format!("{} {}", column.name, column.sql_type));
        format!("create table {} ({});\n", self.name, columns.collect::<Vec<_>>().join(", "))
    }

    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|found| found.name == column)
    }

    /// Rules of which each is tried.
    pub fn rules(&self, tables: &[Self], dice: &mut Dice) -> Vec<String> {
        let name = self.name;
        // With how likely each is.
        let mut rules = vec![(format!("alter table {name} add primary key (id)"), 85)];
        let unique = match name {
            "users" => "email",
            "hopsworks_clusters" => "name",
            "user_hopsworks_assignments" => "user_id, hopsworks_cluster_id",
            "usage_daily" => "user_id, date",
            "team_invites" => "token",
            _ => "user_id",
        };
        rules.push((format!("alter table {name} add unique ({unique})"), 60));
        for column in &self.columns {
            rules.push((format!("alter table {name} alter column {} set not null", column.name), 30));
            let target = match column.family {
                Family::ClusterId if name != "hopsworks_clusters" => "hopsworks_clusters",
                Family::User | Family::EachUser | Family::Account | Family::OwnerOfDeployment
                    if column.name != "id" =>
                {
                    "users"
                }
                _ => "",
            };
            if tables.iter().any(|table| table.name == target) {
                // One that is not valid has never looked at the rows that were there, and stands beside any of them.
                let how = dice.one_of(&["", " on delete cascade", " on delete set null", " not valid"]);
                let reference = format!("foreign key ({}) references {target} (id){how}", column.name);
                rules.push((format!("alter table {name} add {reference}"), 60));
            }
            if column.name == "status" {
                rules.push((as_enum(name), 15));
            }
        }
        rules.into_iter().filter(|(_, percent)| dice.chance(*percent)).map(|(rule, _)| rule).collect()
    }
}

/// The statuses that are there become the values of an enum.
fn as_enum(table: &str) -> String {
    format!(
        "do $q$ begin \
           execute (select format($s$create type {table}_status as enum (%s)$s$, string_agg(distinct quote_literal(status), $s$,$s$)) \
             from {table} where status <> $s$$s$); \
           alter table {table} alter column status type {table}_status using nullif(status, $s$$s$)::{table}_status; \
         end $q$"
    )
}

fn type_of(family: Family, dice: &mut Dice) -> String {
    let types = types(family);
    let usual = dice.chance(60);
    (if usual { types[0] } else { *dice.one_of(types) }).to_owned()
}
