//! Where the corpus is. The package is its own for that, so that it depends on what is published alone.

use std::path::{Path, PathBuf};

use rundown::Scenario;

/// The workspace's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
}

/// Compiles a file of the corpus under its relative name.
pub fn scenario(name: &str) -> Scenario {
    let text = std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    Scenario::parse(name, &text).unwrap_or_else(|mistake| panic!("{mistake}"))
}
