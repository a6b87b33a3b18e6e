//! A column of any type is read as ours, and no value of it makes that fail.

use ops::take_over::columns::{HELPERS, read_as};
use testkit::World;

/// Types that a web app's column may have, with values that break what is careless.
const THEIRS: &[(&str, &[&str])] = &[
    (
        "text",
        &[
            "",
            " ",
            "x",
            "true",
            "12",
            "-1e400",
            "1e999999",
            "NaN",
            "infinity",
            "now",
            "2026-02-30",
            "10000-01-01",
            "{\"a\": \"\\u0000\"}",
        ],
    ),
    ("character varying(40)", &["99999999999999999999", "1764201600", "17642016000000000000000", "\\x0g", "\\xAB"]),
    ("character(8)", &["a", "yes"]),
    ("smallint", &["-32768", "32767"]),
    ("integer", &["-2147483648", "2147483647"]),
    ("bigint", &["-9223372036854775808", "9223372036854775807"]),
    ("numeric", &["NaN", "Infinity", "-Infinity", "1e300", "999999999999999999.995", "2147483647.5"]),
    ("numeric(10,2)", &["99999999.99", "NaN"]),
    ("real", &["NaN", "Infinity", "-3.4e38", "1e-40"]),
    ("double precision", &["NaN", "-Infinity", "1.7e308", "0.1"]),
    ("money", &["92233720368547758.07", "-1"]),
    ("boolean", &["true", "false"]),
    ("timestamp with time zone", &["infinity", "-infinity", "4714-11-24 00:00:00+00 BC", "294276-12-31 23:59:59+00"]),
    ("timestamp without time zone", &["infinity", "-infinity", "4714-11-24 00:00:00 BC", "294276-12-31 23:59:59"]),
    ("date", &["infinity", "-infinity", "4714-11-24 BC", "5874897-12-31", "2026-01-02"]),
    ("json", &["{\"a\": \"\\u0000\"}", "1e999999", "null", "\"x\"", "[1]", "true"]),
    ("jsonb", &["null", "\"x\"", "12.5", "{}", "true"]),
    ("uuid", &["00000000-0000-0000-0000-000000000000"]),
    ("bytea", &["\\xff"]),
    ("inet", &["10.0.0.1"]),
];

const OURS: [&str; 12] = [
    "text",
    "boolean",
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "numeric(20,2)",
    "timestamp with time zone",
    "date",
    "jsonb",
    "uuid",
    "bytea",
];

#[tokio::test]
async fn no_value_of_any_type_makes_reading_it_fail() {
    let world = World::new().await;
    let mut database = world.direct().await;
    database.run(HELPERS).await.unwrap();
    for (old, values) in THEIRS {
        let listed = values.iter().map(|value| format!("('{value}'::{old})")).collect::<Vec<_>>().join(", ");
        for new in OURS {
            let Some(read) = read_as(old, new, "\"a\"\"b\"", "users") else { continue };
            let query = format!(
                "select ({read})::text from (values {listed}, (null)) v (\"a\"\"b\") where ({read}) is not null"
            );
            if let Err(refusal) = database.texts(&query).await {
                panic!("{old} as {new}: {}\n{query}", refusal.message);
            }
        }
    }
}

#[tokio::test]
async fn values_are_read_as_what_they_mean() {
    let world = World::new().await;
    let mut database = world.direct().await;
    database.run(HELPERS).await.unwrap();
    database.run("set timezone = 'Asia/Tokyo'").await.unwrap();
    for (old, value, new, expected) in [
        ("text", "12.345", "numeric(20,2)", Some("12.35")),
        ("text", "n/a", "numeric(20,2)", None),
        ("text", " 12 ", "numeric(20,2)", Some("12.00")),
        ("text", "1e3", "numeric(20,2)", Some("1000.00")),
        ("text", "1,234.50", "numeric(20,2)", None),
        ("text", "$12", "numeric", None),
        ("text", "12€", "numeric", None),
        ("text", "NaN", "numeric", None),
        ("text", "Infinity", "numeric", None),
        ("money", "12.50", "numeric(20,2)", Some("12.50")),
        ("numeric", "999999999999999999.995", "numeric(20,2)", None),
        ("double precision", "NaN", "numeric(20,2)", None),
        ("numeric(10,2)", "NaN", "numeric(10,2)", None),
        ("bigint", "2147483648", "integer", None),
        ("text", "t", "boolean", Some("true")),
        ("integer", "0", "boolean", Some("false")),
        ("text", "perhaps", "boolean", None),
        ("timestamp without time zone", "2026-01-02 03:00", "timestamp with time zone", Some("2026-01-02 12:00:00+09")),
        ("date", "2026-01-02", "timestamp with time zone", Some("2026-01-02 09:00:00+09")),
        ("text", "2026-01-02", "timestamp with time zone", Some("2026-01-02 09:00:00+09")),
        ("text", "11/27/2026", "date", None),
        ("text", "20261127", "date", Some("2026-11-27")),
        ("bigint", "20261127", "timestamp with time zone", None),
        ("text", "2026-01-02T03:04:05.678Z", "timestamp with time zone", Some("2026-01-02 12:04:05.678+09")),
        ("text", "now 1", "timestamp with time zone", None),
        ("bigint", "1764201600", "timestamp with time zone", Some("2025-11-27 09:00:00+09")),
        ("text", "1764201600000", "timestamp with time zone", Some("2025-11-27 09:00:00+09")),
        ("timestamp with time zone", "2026-01-02 23:00+00", "date", Some("2026-01-02")),
        ("jsonb", "\"Ann\"", "text", Some("Ann")),
        ("json", "{\"a\": 1.10}", "jsonb", Some("{\"a\": 1.10}")),
        ("text", "{", "jsonb", None),
        ("character(8)", "ann", "text", Some("ann")),
        ("text", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "uuid", Some("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
        ("bigint", "1", "uuid", Some("89045570-9e2d-77c0-fe01-1a5c4db48824")),
        ("text", "1", "uuid", Some("89045570-9e2d-77c0-fe01-1a5c4db48824")),
    ] {
        let read = read_as(old, new, "v", "instances").unwrap();
        let query = format!("select ({read})::text from (values ('{value}'::{old})) t (v)");
        let read = database.texts(&query).await.unwrap().pop().unwrap();
        assert_eq!(read.as_deref(), expected, "{old} {value} as {new}");
    }
}

#[tokio::test]
async fn domains_and_enums_are_what_they_stand_for() {
    let world = World::new().await;
    let mut database = world.direct().await;
    database.run(HELPERS).await.unwrap();
    database
        .run(
            "create type pg_temp.state as enum ('on'); create domain pg_temp.short as varchar(9); create domain pg_temp.shorter as pg_temp.short;
             create type pg_temp.pair as (a text); create temp table t (a pg_temp.state, b pg_temp.shorter, c numeric(10,2), d pg_temp.pair)",
        )
        .await
        .unwrap();
    let types = "select pg_temp.plain_type(atttypid, atttypmod) from pg_attribute where attrelid = 't'::regclass and attnum > 0 order by attnum";
    let types = database.texts(types).await.unwrap().into_iter().flatten().collect::<Vec<_>>();
    assert_eq!(types, ["text", "character varying(9)", "numeric(10,2)", "record"]);
}
