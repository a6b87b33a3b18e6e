//! What stands in the rows, as SQL expressions that any of a column's types can take.

use super::dice::Dice;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The id of a row, of no other table's interest.
    RowId,
    /// The id of a Hopsworks cluster.
    ClusterId,
    User,
    /// One row for each, usually.
    EachUser,
    /// A reference to a user, of whatever type.
    OwnerOfDeployment,
    Account,
    Address,
    Name,
    Flag,
    UserStatus,
    ClusterStatus,
    DeploymentStatus,
    Json,
    Count,
    Room,
    Money,
    Hours,
    Day,
    Time,
    Never,
    Expiry,
    Url,
    Key,
    Token,
    Hash,
    Text,
    Further,
}

/// The ids that rows refer to each other by.
pub struct Pools {
    pub users: Vec<String>,
    pub users_are_uuids: bool,
    pub clusters: Vec<String>,
    /// Of a hundred values, how many break something.
    pub mess: u32,
    /// Every key and token is another one, unless it is meant to be the same.
    secrets: usize,
}

const UNUSABLE_IDS: [&str; 4] = ["''", "repeat('x', 300)", "E'auth0|\\u0001'", "null"];
const UNUSABLE_ADDRESSES: [&str; 7] = [
    "null",
    "''",
    "'no address'",
    "'a@b@c'",
    "'two words@example.com'",
    "repeat('x', 400) || '@example.com'",
    "'same@example.com'",
];
const UNUSABLE_JSON: [&str; 5] = ["null", "'[]'", "'5'", "'\"x\"'", "'null'"];
const UNUSABLE_MONEY: [&str; 6] = ["null", "'-5'", "'NaN'", "'99999999.99'", "'0.005'", "'-0.01'"];
/// Where the column is a text: nothing happens where there are any, until the operator says so.
const UNREADABLE: [&str; 6] = ["'1,234.50'", "'$12'", "'12€'", "'Infinity'", "'n/a'", "'1.2.3'"];
const UNUSABLE_TOKENS: [&str; 4] = ["null", "''", "'s3cr3t-the-same'", "repeat('s3cr3t', 150)"];
const UNUSABLE_URLS: [&str; 7] = [
    "null",
    "''",
    "'http://plain.example.com'",
    "'no-scheme.example.com'",
    "'https://slash.example.com/'",
    "' https://space.example.com '",
    "'https://' || repeat('x', 3000)",
];

impl Pools {
    pub fn draw(people: usize, mess: u32, dice: &mut Dice) -> Self {
        let users_are_uuids = dice.chance(8);
        let name = |number| match number % 7 {
            _ if users_are_uuids => format!("00000000-0000-4000-8000-{number:012}"),
            3 => format!("google-oauth2|{number}"),
            4 => format!("00000000-0000-4000-8000-{number:012}"),
            5 => format!("auth0|é {number}%41"),
            _ => format!("auth0|u{number}"),
        };
        let users = (0..people).map(name).collect();
        Self { users, users_are_uuids, clusters: Vec::new(), mess, secrets: 0 }
    }

    pub fn user(&self, dice: &mut Dice) -> String {
        match (self.users.is_empty() || dice.chance(self.mess / 3), self.users_are_uuids) {
            (true, true) => (*dice.one_of(&["null", "'ffffffff-0000-4000-8000-000000000000'"])).to_owned(),
            (true, false) => (*dice.one_of(&["null", "''", "'auth0|nobody'"])).to_owned(),
            (false, _) => format!("'{}'", dice.one_of(&self.users)),
        }
    }

    fn secret(&mut self) -> String {
        self.secrets += 1;
        format!("s3cr3t-{}-abcdefghijklmnopqrstuvwxyz", self.secrets)
    }

    /// A value for the `number`th row of a table, whose column is of this type.
    #[expect(clippy::too_many_lines, reason = "one line for each kind of column")]
    pub fn value(&mut self, family: Family, sql_type: &str, number: usize, dice: &mut Dice) -> String {
        let broken = dice.chance(self.mess);
        let wide = matches!(sql_type, "numeric" | "double precision" | "text");
        let pick = |dice: &mut Dice, of: &[&str]| (*dice.one_of(of)).to_owned();
        match family {
            Family::RowId if sql_type.contains("serial") || sql_type.contains("identity") => "default".to_owned(),
            Family::RowId if broken => pick(dice, &["null", "'00000000-0000-4000-8000-000000000001'"]),
            Family::RowId => format!("'{number:08}-0000-4000-8000-000000000000'"),
            Family::ClusterId if self.clusters.is_empty() || broken && dice.chance(30) => "null".to_owned(),
            Family::ClusterId => dice.one_of(&self.clusters).clone(),
            Family::OwnerOfDeployment if sql_type == "uuid" && !self.users_are_uuids => pick(
                dice,
                &["'00000000-0000-4000-8000-000000000004'", "'00000000-0000-4000-8000-00000000000b'", "null"],
            ),
            Family::EachUser if !broken && !self.users.is_empty() => {
                format!("'{}'", self.users[number % self.users.len()])
            }
            Family::User | Family::EachUser | Family::OwnerOfDeployment => self.user(dice),
            Family::Account if dice.chance(if broken { 10 } else { 60 }) => "null".to_owned(),
            Family::Account => self.user(dice),
            Family::Address if broken => pick(dice, &UNUSABLE_ADDRESSES),
            Family::Address if self.mess > 0 && dice.chance(20) => format!("'  USER{}@Example.com '", number / 2),
            Family::Address => format!("'user{number}@example.com'"),
            Family::Name if broken => pick(dice, &["null", "''", "repeat('n', 301)", "'the same'"]),
            Family::Name => format!("'name {number}'"),
            Family::Flag if broken => "null".to_owned(),
            Family::Flag => match sql_type {
                "text" => pick(dice, &["'true'", "'f'", "'yes'", "'0'"]),
                _ => pick(dice, &["'0'", "'1'", "'0'"]),
            },
            Family::UserStatus if broken => pick(dice, &["null", "' Active'", "'banned'", "''", "'deleted'"]),
            Family::UserStatus => pick(dice, &["'active'", "'active'", "'active'", "'suspended'", "'deleted'"]),
            Family::ClusterStatus if broken => pick(dice, &["null", "'FULL'", "'broken'", "'inactive'"]),
            Family::ClusterStatus => pick(dice, &["'active'", "'active'", "'full'", "'maintenance'"]),
            Family::DeploymentStatus if broken => pick(dice, &["null", "'weird'", "'deleted'", "''", "'Stopped'"]),
            Family::DeploymentStatus => pick(dice, &["'provisioning'", "'active'", "'stopped'"]),
            Family::Json if broken && sql_type == "text" => pick(dice, &["null", "'{'", "''"]),
            Family::Json if broken => pick(dice, &UNUSABLE_JSON),
            Family::Json => pick(dice, &["'{}'", "'{\"tags\": [\"beta\"]}'", "'{\"a\": {\"b\": 1.50}}'"]),
            Family::Count if broken => pick(dice, &["null", "'-1'", "'2147483647'"]),
            Family::Count => format!("'{}'", dice.below(5)),
            Family::Room if broken => pick(dice, &["null", "'-1'", "'0'", "'1'"]),
            Family::Room => pick(dice, &["'100'", "'4'", "'3'", "'2'"]),
            Family::Money | Family::Hours if broken && wide && dice.chance(30) => {
                pick(dice, &["'123456789012.34'", "'1e15'", "'1e40'", "'0.0000001'"])
            }
            Family::Money | Family::Hours if broken && sql_type == "text" && dice.chance(20) => pick(dice, &UNREADABLE),
            Family::Money | Family::Hours if broken => pick(dice, &UNUSABLE_MONEY),
            Family::Money | Family::Hours => format!("'{}.{:02}'", dice.below(500), dice.below(100)),
            Family::Day if broken => pick(dice, &["null", "current_date + 3", "current_date", "'infinity'"]),
            Family::Day => format!("current_date - {}", dice.below(30)),
            Family::Time if broken => pick(dice, &["null", "'infinity'", "'2031-01-01'", "'-infinity'"]),
            Family::Time => format!("timestamp '2025-01-01' + interval '{} hours'", dice.below(16_000)),
            Family::Never if dice.chance(70) => "null".to_owned(),
            Family::Never => format!("timestamp '2025-06-01' + interval '{} hours'", dice.below(12_000)),
            Family::Expiry if broken => pick(dice, &["null", "timestamp '2001-01-01'", "'infinity'"]),
            Family::Expiry => format!("now() + interval '{} days'", dice.one_of(&[-40, -3, 3, 7, 30])),
            Family::Url if broken => pick(dice, &UNUSABLE_URLS),
            Family::Url => format!("'https://cluster{number}.example.com'"),
            Family::Key if broken => match dice.below(5) {
                0 => "null".to_owned(),
                1 => "''".to_owned(),
                2 => format!("'enc:K1:{}AAAAAAAAAAAAAAAAAAAA'", self.secret()),
                3 => format!("'enc:{} '' \" \\ é'", self.secret()),
                _ => "'s3cr3t-the-same'".to_owned(),
            },
            Family::Key => format!("'{}'", self.secret()),
            Family::Token | Family::Hash if broken => match (family, sql_type) {
                (_, "bytea") => pick(dice, &["null", "'\\x00'"]),
                (Family::Hash, _) => pick(dice, &["null", "''", "'none'"]),
                _ => pick(dice, &UNUSABLE_TOKENS),
            },
            Family::Token | Family::Hash if sql_type == "bytea" => format!("sha256('{}')", self.secret()),
            Family::Hash => format!("encode(sha256('{}'), '{}')", self.secret(), dice.one_of(&["hex", "base64"])),
            Family::Token if dice.chance(30) => format!("encode(sha256('{}'), 'hex')", self.secret()),
            Family::Token if dice.chance(20) => format!("'{} /+%é'' \"'", self.secret()),
            Family::Token => format!("'{}'", self.secret()),
            Family::Text if broken => pick(dice, &["null", "''", "repeat('long ', 300)"]),
            Family::Text => pick(dice, &["'serverless'", "'eu-north-1'", "'119'", "'us-east-1a'"]),
            Family::Further => further(sql_type, number),
        }
    }

    /// An id that a user has, or one that nobody can have.
    pub fn user_id(&self, number: usize, dice: &mut Dice) -> String {
        // Few, because nothing happens where there are any, until the operator says so.
        if dice.chance(self.mess / 10) {
            return (*dice.one_of(if self.users_are_uuids { &["null"] } else { &UNUSABLE_IDS })).to_owned();
        }
        let number = if dice.chance(self.mess / 4) { dice.below(self.users.len()) } else { number };
        format!("'{}'", self.users[number])
    }

    pub fn draw_clusters(&mut self, sql_type: &str, dice: &mut Dice) {
        let id = |number: usize| match sql_type {
            "uuid" => format!("'1111111{number}-1111-1111-1111-111111111111'"),
            "text" => format!("'cluster-{number}'"),
            _ => format!("'{}'", number + 1),
        };
        let wanted = if self.users.is_empty() { 0 } else { 1 + dice.below(4) };
        self.clusters = (0..wanted).map(id).collect();
    }
}

fn further(sql_type: &str, number: usize) -> String {
    match sql_type {
        "text[]" => format!("array['note {number}']"),
        "inet" => format!("'10.0.0.{}'", number % 250),
        "double precision" => format!("'{number}.5'"),
        _ => format!("'f{number}'"),
    }
}
