//! Cargo as a person at a terminal would call it, from a program that `cargo run` may have started.

use std::{path::Path, process::Command};

/// Set by `cargo run` for the program that it runs. With them, a nested cargo would see another environment than one
/// started at the terminal, and compile again.
const OF_THE_OUTER_CARGO: [&str; 8] = [
    "CARGO",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "LD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
];

/// A command without the variables of an outer cargo.
pub fn cargo(program: impl AsRef<std::ffi::OsStr>, workspace: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace);
    for variable in OF_THE_OUTER_CARGO {
        command.env_remove(variable);
    }
    command
}
