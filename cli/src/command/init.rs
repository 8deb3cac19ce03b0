//! `rundown init`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use rundown::internal::{gallery, paths};

use super::gallery::wanted_case;
use super::{print, usage};
use crate::exit::Exit;

/// The scenario that is written.
pub const SAMPLE: &str = include_str!("../../sample.scn");

/// Write a scenario to start from.
#[derive(Args)]
pub struct Init {
    /// The file to write; service.scn, or the name of the case (c34.scn)
    file: Option<PathBuf>,
    /// Start from a case of the gallery: FILE is the broken scenario, and FILE with -repaired in its name the other.
    /// Of one of its scenarios by name (p01-time-out) it is that one
    #[arg(long, value_name = "CASE")]
    from: Option<String>,
}

impl Init {
    /// Runs the command.
    pub fn run(self) -> Exit {
        match &self.from {
            Some(wanted) => self.write_case(wanted),
            None => {
                let file = self.file.unwrap_or_else(|| "service.scn".into());
                match written(&[(file.clone(), SAMPLE)]) {
                    Ok(()) => {
                        print(&format!(
                            "wrote {}: a service that frees its DLL although the disconnect timed out\n\
                             next:  rundown check {}\n",
                            paths::native(&file),
                            paths::argument(&file)
                        ));
                        Exit::Fine
                    }
                    Err(complaint) => usage(&complaint),
                }
            }
        }
    }

    fn write_case(&self, wanted: &str) -> Exit {
        let cases = gallery::cases();
        let case = match wanted_case(&cases, wanted) {
            Ok(case) => case,
            Err(exit) => return exit,
        };
        let stem = wanted.trim().trim_end_matches(".scn");
        let alone = case.files().find(|file| file.stem.eq_ignore_ascii_case(stem));
        let first = alone.unwrap_or(&case.broken);
        let short = || alone.map_or_else(|| case.id.replace('-', "").to_lowercase(), |file| file.stem.to_string());
        let name = self.file.clone().unwrap_or_else(|| format!("{}.scn", short()).into());
        let mut files = vec![(name.clone(), first)];
        if alone.is_none() {
            files.push((beside(&name), &case.repaired));
        }
        let texts: Vec<(PathBuf, &str)> = files.iter().map(|(path, file)| (path.clone(), file.text)).collect();
        if let Err(complaint) = written(&texts) {
            return usage(&complaint);
        }
        for (path, file) in &files {
            print(&format!("wrote {}: {}\n", paths::native(path), file.title));
        }
        print(&format!(
            "next:  rundown check {}\n\
             Change it until it is your code. What is expected stands at its end: take that\n\
             away, and the check tells what it finds.\n",
            paths::argument(&name)
        ));
        Exit::Fine
    }
}

/// The name of the repaired file: `widget.scn` has `widget-repaired.scn` beside it.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_os_string();
    name.push("-repaired");
    if let Some(extension) = file.extension() {
        name.push(".");
        name.push(extension);
    }
    file.with_file_name(name)
}

/// Writes all files or none. What is there already stays as it is.
fn written(files: &[(PathBuf, &str)]) -> Result<(), String> {
    let mut ours: Vec<&PathBuf> = Vec::new();
    for (path, text) in files {
        let mut made = false;
        let one = |made: &mut bool| -> io::Result<()> {
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
            *made = true;
            file.write_all(text.as_bytes())
        };
        let result = one(&mut made);
        if made {
            ours.push(path);
        }
        if let Err(error) = result {
            // what is not whole does not stay
            ours.iter().for_each(|path| drop(std::fs::remove_file(path)));
            return Err(format!("cannot write {}: {error}", path.display()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::beside;
    use std::path::Path;

    #[test]
    fn the_repaired_file_lies_beside_the_other() {
        for (file, other) in [("a/b.scn", "a/b-repaired.scn"), ("b", "b-repaired"), (".scn", ".scn-repaired")] {
            assert_eq!(beside(Path::new(file)), Path::new(other));
        }
    }
}
