//! Memory in proportion: a request with twice the input allocates twice as much, not four times. It is counted; a clock
//! would say something else each time.

use allocation_counter::measure;
use tokio::runtime::{Builder, Runtime};

use crate::targets::{Bed, TARGETS};

/// What is sent, to which target, as long as it shall be.
struct Growing(&'static str, &'static str, fn(usize) -> String);

pub fn repeated(before: &str, piece: &str, after: &str, bytes: usize) -> String {
    format!("{before}{}{after}", piece.repeat(bytes / piece.len()))
}

pub fn numbered(before: &str, piece: &str, after: &str, bytes: usize) -> String {
    let pieces: Vec<String> =
        (0..bytes / (piece.len() + 4)).map(|number| piece.replace('#', &number.to_string())).collect();
    format!("{before}{}{after}", pieces.concat())
}

const GROWING: &[Growing] = &[
    Growing("a name before numbers, and no NUL", "new-deployment", |n| {
        let name = "k".repeat(n / 2);
        repeated(&format!(r#"{{"zone":"\\u0000","{name}":["#), "1,", "1]}", n / 2)
    }),
    Growing("a NUL behind numbers", "new-deployment", |n| repeated(r#"{"a":["#, "1,", r#""\u0000"]}"#, n)),
    Growing("a NUL below names", "user-changes", |n| {
        numbered(r#"{"metadata":{"#, r#""k#":{"a":1},"#, r#""z":"\u0000"}}"#, n)
    }),
    Growing("numbers", "user-changes", |n| repeated(r#"{"metadata":{"a":["#, "1,", "1]}}", n)),
    Growing("digits", "user-changes", |n| repeated(r#"{"metadata":{"a":0."#, "1", "}}", n)),
    Growing("an exponent", "user-changes", |n| repeated(r#"{"metadata":{"a":1e"#, "1", "}}", n)),
    Growing("members", "user-changes", |n| numbered(r#"{"metadata":{"#, r#""k#":1,"#, r#""a":1}}"#, n)),
    Growing("one name again and again", "user-changes", |n| repeated(r#"{"metadata":{"#, r#""a":1,"#, r#""a":1}}"#, n)),
    Growing("brackets", "user-changes", |n| repeated(r#"{"metadata":{"a":"#, "[", "", n)),
    Growing("braces", "user-changes", |n| repeated(r#"{"metadata":{"a":"#, r#"{"a":"#, "", n)),
    Growing("escapes", "user-changes", |n| repeated(r#"{"metadata":{"a":""#, r"\u00e9", r#""}}"#, n)),
    Growing("backslashes", "user-changes", |n| repeated(r#"{"metadata":{"a":""#, r"\\", r#""}}"#, n)),
    Growing("blanks", "user-changes", |n| repeated(r#"{"metadata":{"a":"#, " ", "1}}", n)),
    Growing("unknown fields", "user-changes", |n| numbered("{", r#""k#":1,"#, r#""a":1}"#, n)),
    Growing("members of a new cluster", "new-hopsworks-cluster", |n| {
        numbered(r#"{"metadata":{"#, r#""k#":[{}],"#, r#""a":1}}"#, n)
    }),
    Growing("empty readings", "readings", |n| repeated(r#"{"readings":["#, "{},", "{}]}", n)),
    Growing("a reading's digits", "readings", |n| repeated(r#"{"readings":[{"cpu_hours":"0."#, "0", r#""}]}"#, n)),
    Growing("a deep reading", "readings", |n| repeated(r#"{"readings":["#, "[", "", n)),
    Growing("escapes in a reading", "readings", |n| repeated(r#"{"readings":[{"source":""#, r"\\u0000", r#""}]}"#, n)),
    Growing("an amount's digits", "purchase", |n| repeated(r#"{"user_id":"auth0|ann","amount":""#, "0", r#"1"}"#, n)),
    Growing("a login's name", "login", |n| repeated(r#"{"name":""#, r"\ud83d\ude00", r#""}"#, n)),
    Growing("parameters", "users-query", |n| numbered("", "k#=1&", "a=1", n)),
    Growing("a filter", "users-query", |n| repeated(r#"metadata={"a":["#, "1,", "1]}", n)),
    Growing("percents", "audit-log-query", |n| repeated("actor=", "%41", "", n)),
    Growing("a cursor's time", "cursor", |n| repeated(r#"{"created_at":""#, "1", r#"-","id":"x"}"#, n)),
    Growing("a violation's id", "violations-cursor", |n| {
        repeated(r#"{"id":""#, r"\\u0000", r#"","kind":"","detail":""}"#, n)
    }),
    Growing("an id", "user-id", |n| "a".repeat(n)),
    Growing("media ranges", "accept", |n| repeated("", "text/csv;q=0.1,", "", n)),
    Growing("parameters of a media range", "accept", |n| repeated("text/csv", ";a=1", "", n)),
    Growing("tags", "if-match", |n| repeated("", "\"a\",", "\"a\"", n)),
    Growing("a key", "idempotency-key", |n| "a".repeat(n)),
    Growing("a token's segments", "authorization", |n| repeated("Bearer ", "a.", "a", n)),
    Growing("candidates, and a body as long", "webhook-signature", |n| repeated("", "v1, ", "v1,", n)),
    Growing("members of an event", "stripe-event", |n| {
        numbered(r#"{"id":"evt_1","data":{"object":{"#, r#""k#":[{}],"#, r#""a":1}}}"#, n)
    }),
    Growing("an event's digits", "stripe-event", |n| repeated(r#"{"id":"evt_1","created":1"#, "0", "}", n)),
    Growing("signatures, and a body as long", "stripe-signature", |n| repeated("t=1", ",v1=00", ",v1=", n)),
    Growing("digits of a timestamp", "webhook-timestamp", |n| "1".repeat(n)),
    Growing("keys", "keys", |n| repeated(r#"{"keys":["#, r#"{"kty":"RSA","kid":"a"},"#, "1]}", n)),
    Growing("operations of a key", "keys", |n| repeated(r#"{"keys":[{"key_ops":["#, r#""a","#, r#""a"]}]}"#, n)),
];

/// Each is twice the one before: what grows with the input doubles its growth, what grows with its square has it four
/// times.
pub const DOUBLING: [usize; 3] = [4 * 1024, 8 * 1024, 16 * 1024];

pub fn is_out_of_proportion(&[small, middle, large]: &[u64; 3], noise: u64) -> bool {
    // What is too long is refused unread, so a longer input may cost less.
    let first = middle.checked_sub(small).unwrap_or(middle);
    large.saturating_sub(middle) > 3 * first + noise
}

struct Steps {
    runtime: Runtime,
    bed: Bed,
}

impl Steps {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let bed = runtime.block_on(Bed::new());
        let steps = Self { runtime, bed };
        // What is made once is made before anything is counted.
        GROWING.iter().for_each(|growing| steps.take(growing, 64));
        steps
    }

    fn take(&self, Growing(what, name, input): &Growing, bytes: usize) {
        let target = TARGETS.iter().find(|target| target.name == *name).expect("a target");
        let fault = self.runtime.block_on(self.bed.fault(target, input(bytes).as_bytes()));
        assert_eq!(fault, None, "{what}: {bytes} bytes");
    }
}

#[test]
fn memory_grows_as_the_input_does() {
    let (steps, mut wrong) = (Steps::new(), Vec::new());
    for growing in GROWING {
        // The less of two, because the log grows too, now and then by a lot.
        let cost = |bytes| [(); 2].map(|()| measure(|| steps.take(growing, bytes)));
        let costs = DOUBLING.map(|bytes| cost(bytes).into_iter().min_by_key(|cost| cost.bytes_total).unwrap());
        for (of, costs, noise) in [
            ("bytes", costs.map(|cost| cost.bytes_total), 32 * 1024),
            ("allocations", costs.map(|cost| cost.count_total), 400),
        ] {
            if is_out_of_proportion(&costs, noise) {
                wrong.push(format!("{} ({}): {costs:?} {of}", growing.0, growing.1));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_grows_with_the_square_of_the_input_is_out_of_proportion() {
    assert!(is_out_of_proportion(&[1_000_000, 4_000_000, 16_000_000], 50_000));
    assert!(!is_out_of_proportion(&[1_000_000, 2_000_000, 4_000_000], 50_000));
    assert!(!is_out_of_proportion(&[1_000_000, 400_000, 800_000], 50_000));
}
