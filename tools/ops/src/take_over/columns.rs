//! Reads a column of somebody else's as a value of the type that ours has.

/// Makes the functions in `pg_temp` that the expressions of `read_as` call, and `pg_temp.plain_type`. Run it once per
/// session (`db.run(columns::HELPERS)`) before anything that uses them; again does no harm.
pub const HELPERS: &str = include_str!("columns.sql");

/// What the type of a column is read as: `pg_temp.plain_type(a.atttypid, a.atttypmod)` in SQL, which resolves domains
/// and takes enums for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    /// Exact or not, money included.
    Number,
    Boolean,
    Moment,
    /// A time without zone, which is UTC.
    LocalTime,
    Day,
    Json,
    Uuid,
    Bytes,
    Other,
}

/// An SQL expression that gives `column` (an expression, quoted) of the type `old` as the type `new`, and that no row
/// makes fail: what cannot be read becomes null. None if one type says nothing about the other.
///
/// Types are written as `pg_temp.plain_type` or `format_type` do. `of` is the table whose rows an id stands for, ours by its
/// bare name: an id that is no uuid becomes one that depends on it and on the value alone, so a foreign key and what it
/// refers to become the same. Texts have the collation "C". A number that is not finite, or has too many digits before
/// the point, is null; too many after it are rounded.
pub fn read_as(old: &str, new: &str, column: &str, of: &str) -> Option<String> {
    let from = kind(old);
    let text = text(old, column);
    let read = match kind(new) {
        Kind::Text if from != Kind::Bytes && from != Kind::Other => format!("({text} collate \"C\")"),
        Kind::Whole | Kind::Number => number(new, &any_number(from, column, &text)?),
        Kind::Boolean => boolean(from, column, &text)?,
        Kind::Moment => moment(from, column, &text)?,
        Kind::Day if from == Kind::Day => format!("({column})"),
        Kind::Day => format!("(({}) at time zone 'UTC')::date", moment(from, column, &text)?),
        Kind::Json if from == Kind::Json && is(old, "jsonb") => format!("({column})"),
        // Not every `json` is a `jsonb`.
        Kind::Json if from == Kind::Json || from == Kind::Text => format!("pg_temp.read_jsonb(({column})::text)"),
        Kind::Uuid if from == Kind::Uuid => format!("({column})"),
        Kind::Uuid if matches!(from, Kind::Text | Kind::Whole | Kind::Number | Kind::Json) => {
            format!("pg_temp.read_uuid('{}', {text})", of.replace('\'', "''"))
        }
        Kind::Bytes if from == Kind::Bytes => format!("({column})"),
        Kind::Bytes if from == Kind::Text => format!("pg_temp.read_bytes({text})"),
        _ if old == new => format!("({column})"),
        _ => return None,
    };
    Some(read)
}

/// Whether a value of the column is there and `read`, which `read_as` has made of it, is null, as an SQL condition. None
/// where each value can be read.
pub fn unreadable(old: &str, new: &str, read: &str, column: &str) -> Option<String> {
    let each = matches!(
        (kind(old), kind(new)),
        (_, Kind::Text | Kind::Uuid | Kind::Bytes) | (Kind::Boolean, _) | (Kind::Moment | Kind::LocalTime, _)
    );
    (!each && read != format!("({column})")).then(|| is_unread(read, column))
}

/// Whether this is null, and a value that is not blank is there.
pub fn is_unread(read: &str, column: &str) -> String {
    // Not every value inside of JSON can be told as a text.
    format!("({read} is null and {column} is not null and btrim(({column})::text) not in ('', 'null', '\"\"'))")
}

/// The SHA-256 of a token, from a column that holds it. None if a column of this type holds none.
pub fn read_hash(old: &str, column: &str) -> Option<String> {
    match kind(old) {
        Kind::Bytes => Some(format!("(case when octet_length({column}) = 32 then {column} end)")),
        Kind::Text | Kind::Json => Some(format!("pg_temp.read_hash({})", text(old, column))),
        _ => None,
    }
}

/// As a text; one inside of JSON is that text.
fn text(old: &str, column: &str) -> String {
    match kind(old) {
        Kind::Json if is(old, "jsonb") => format!("({column} #>> '{{}}')"),
        Kind::Json => format!("(pg_temp.read_jsonb(({column})::text) #>> '{{}}')"),
        _ => format!("({column})::text"),
    }
}

/// Whether a number of the type `old` may lose digits after the point when it is read as `new`.
pub fn rounds(old: &str, new: &str) -> bool {
    let places = |name: &str| match kind(name) {
        Kind::Number if is(name, "money") => Some(2),
        Kind::Number if is(name, "numeric") => digits(name).map(|(_, scale)| scale),
        Kind::Whole => Some(0),
        _ => None,
    };
    match (kind(old), kind(new)) {
        (Kind::Number | Kind::Whole, Kind::Number | Kind::Whole) => match (places(old), places(new)) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(before), Some(after)) => before > after,
        },
        _ => false,
    }
}

/// Whether PostgreSQL itself makes the one type of the other, for every row and without loss; often it then need not
/// write the table anew.
pub fn widens(old: &str, new: &str) -> bool {
    match (kind(old), kind(new)) {
        (Kind::Text, Kind::Text) | (Kind::Moment, Kind::Moment) => true,
        (Kind::Number, Kind::Number) => match (digits(old), digits(new)) {
            (Some(before), Some(after)) => before.1 == after.1 && before.0 <= after.0,
            _ => false,
        },
        _ => false,
    }
}

/// The name of a type without what stands in brackets.
fn bare(name: &str) -> String {
    match (name.find('('), name.find(')')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &name[..open], &name[close + 1..]),
        _ => name.to_owned(),
    }
}

fn is(name: &str, bare_name: &str) -> bool {
    bare(name) == bare_name
}

fn kind(name: &str) -> Kind {
    match &*bare(name) {
        "text" | "character varying" | "character" | "bpchar" | "name" | "\"char\"" | "inet" | "cidr" => Kind::Text,
        "smallint" | "integer" | "bigint" => Kind::Whole,
        "numeric" | "real" | "double precision" | "money" => Kind::Number,
        "boolean" => Kind::Boolean,
        "timestamp with time zone" => Kind::Moment,
        "timestamp without time zone" => Kind::LocalTime,
        "date" => Kind::Day,
        "json" | "jsonb" => Kind::Json,
        "uuid" => Kind::Uuid,
        "bytea" => Kind::Bytes,
        _ => Kind::Other,
    }
}

/// Precision and scale.
fn digits(name: &str) -> Option<(i32, i32)> {
    let inside = name.split_once('(')?.1.split_once(')')?.0;
    let (precision, scale) = inside.split_once(',').unwrap_or((inside, "0"));
    Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?))
}

/// As a `numeric` of any size.
fn any_number(from: Kind, column: &str, text: &str) -> Option<String> {
    match from {
        Kind::Whole | Kind::Number => Some(format!("({column})::numeric")),
        Kind::Boolean => Some(format!("({column})::integer::numeric")),
        Kind::Text | Kind::Json => Some(format!("pg_temp.read_numeric({text})")),
        _ => None,
    }
}

/// Cuts a `numeric` to the type: what is too large is null, and so is `NaN`, which PostgreSQL takes for larger than any.
fn number(new: &str, number: &str) -> String {
    let (rounded, within, cast) = match (&*bare(new), digits(new)) {
        ("smallint", _) => (format!("round({number})"), "between -32768 and 32767".to_owned(), new),
        ("integer", _) => (format!("round({number})"), "between -2147483648 and 2147483647".to_owned(), new),
        ("bigint", _) => {
            (format!("round({number})"), "between -9223372036854775808 and 9223372036854775807".to_owned(), new)
        }
        ("numeric", Some((precision, scale))) => {
            let whole = precision - scale;
            (
                format!("round({number}, {scale})"),
                format!("between -1e{whole} + 1e-{scale} and 1e{whole} - 1e-{scale}"),
                new,
            )
        }
        _ => (number.to_owned(), "between -1e300 and 1e300".to_owned(), new),
    };
    format!("(case when {rounded} {within} then ({rounded})::{cast} end)")
}

fn boolean(from: Kind, column: &str, text: &str) -> Option<String> {
    match from {
        Kind::Boolean => Some(format!("({column})")),
        Kind::Whole | Kind::Number => Some(format!("(({column})::numeric <> 0)")),
        Kind::Text | Kind::Json => Some(format!(
            "(case when lower(btrim({text})) in ('t', 'true', 'y', 'yes', 'on', '1') then true \
             when lower(btrim({text})) in ('f', 'false', 'n', 'no', 'off', '0') then false end)"
        )),
        _ => None,
    }
}

/// As a moment. A number counts seconds since 1970, or milliseconds, of our time.
fn moment(from: Kind, column: &str, text: &str) -> Option<String> {
    match from {
        Kind::Moment => Some(format!("({column})::timestamptz")),
        Kind::LocalTime => Some(format!("(({column}) at time zone 'UTC')")),
        // Days reach further than times do.
        Kind::Day => Some(format!(
            "(case when {column} between '4713-01-01 BC' and '294276-12-31' \
             then ({column})::timestamp at time zone 'UTC' end)"
        )),
        Kind::Whole | Kind::Number => Some(format!("pg_temp.read_epoch(({column})::numeric)")),
        Kind::Text | Kind::Json => Some(format!("pg_temp.read_time({text})")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_say_nothing_about_each_other_have_no_expression() {
        for (old, new) in
            [("bytea", "text"), ("text[]", "text"), ("boolean", "uuid"), ("date", "boolean"), ("record", "jsonb")]
        {
            assert_eq!(read_as(old, new, "c", "t"), None, "{old} as {new}");
        }
        assert!(read_as("text[]", "text[]", "c", "t").is_some());
    }

    #[test]
    fn digits_after_the_point_are_lost_where_ours_has_fewer() {
        let cases = [
            ("numeric(10,2)", "numeric(20,2)", false),
            ("numeric(12,4)", "numeric(20,2)", true),
            ("numeric", "numeric(20,6)", true),
            ("double precision", "integer", true),
            ("integer", "bigint", false),
        ];
        for (old, new, expected) in cases {
            assert_eq!(rounds(old, new), expected, "{old} as {new}");
        }
    }
}
