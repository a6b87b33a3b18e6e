//! Progress lines, the only thing that the local stack prints by itself.

/// Prints one line to stderr, so that stdout stays free for what a command answers.
#[expect(clippy::print_stderr, reason = "the one place that talks to the person at the terminal")]
pub fn step(text: &str) {
    eprintln!("{text}");
}
