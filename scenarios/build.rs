//! Makes the table of `src/lib.rs` from the folder `field`, so that a new file is in it without being listed anywhere.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=field");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("field");
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "scn") {
            files.push(path);
        }
    }
    files.sort();
    let mut table = String::from("&[\n");
    for path in files {
        let name = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a file's name is not UTF-8")?;
        let path = path.to_str().ok_or("the folder's name is not UTF-8")?;
        // as literals, because paths of Windows have backslashes
        table.push_str(&format!("    ({name:?}, include_str!({path:?})),\n"));
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("files.rs"), table)?;
    Ok(())
}
