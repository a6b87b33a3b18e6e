//! Why figures miss their limits.

const SLOWER_THAN_BARE: &str =
    "the runtime client and our own work, half of it the check of the token's signature, add about 0.3 ms to any call";
const FRACTION_OF_A_MILLISECOND: &str =
    "less than a millisecond, and nothing is scanned; probably indexes are deeper and caches colder";

/// The table, the figure (how its name begins), and the reason. The first that fits counts.
const REASONS: &[(&str, &str, &str)] = &[
    ("Warm request", "a login", "the runtime client and our own work add about 0.3 ms to any call"),
    ("Warm request", "", SLOWER_THAN_BARE),
    (
        "Sixteen clients",
        "a balance",
        "the call takes a tenth of a millisecond, and the functions check signatures on the cores that the database needs",
    ),
    (
        "Readings",
        "1,000 a batch, spread, of 1,000 accounts",
        "a thousand accounts need a thousand ledger entries; apart from the foreign keys (17 %), nothing takes more than 6 %",
    ),
    (
        "Scale",
        "GET /api/admin/invariants",
        "a page looks at a thousand users: the small database reads each table once, the large one looks users up by index",
    ),
    ("Scale", "POST /api/usage a hundred readings", "the large database meets more days that are new to it"),
    ("Scale", "GET ", FRACTION_OF_A_MILLISECOND),
    ("Scale", "DELETE ", FRACTION_OF_A_MILLISECOND),
    ("Scale", "PATCH ", FRACTION_OF_A_MILLISECOND),
    ("Scale", "POST ", FRACTION_OF_A_MILLISECOND),
];

/// Why this figure misses its limit, as far as that is known.
pub fn reason(table: &str, figure: &str) -> &'static str {
    let found = REASONS.iter().find(|(of_table, start, _)| *of_table == table && figure.starts_with(start));
    found.map_or("no reason is known yet", |(_, _, reason)| reason)
}
