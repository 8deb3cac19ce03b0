//! Files of the command: scenarios found below paths, traces written beside them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rundown::Report;

/// The scenario files that paths stand for, sorted.
pub fn scenario_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut found = Vec::new();
            below(path, 0, &mut found)?;
            found.sort();
            files.extend(found);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn below(directory: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), String> {
    // deep enough for any corpus
    if depth > 16 {
        return Ok(());
    }
    let entries =
        std::fs::read_dir(directory).map_err(|error| format!("cannot read {}: {error}", directory.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        // links to directories are not followed: a few that point to each other are a tree without end
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            below(&path, depth + 1, found)?;
        } else if path.extension().is_some_and(|extension| extension == "scn") && !path.is_dir() {
            found.push(path);
        }
    }
    Ok(())
}

/// Writes the runs of violations into a directory, each as our own trace and as ITF.
pub struct TraceWriter {
    directory: PathBuf,
    used: BTreeSet<String>,
}

impl TraceWriter {
    /// For this directory, which is made when something is written.
    pub fn new(directory: &Path) -> Self {
        TraceWriter { directory: directory.to_path_buf(), used: BTreeSet::new() }
    }

    /// Writes all runs of a report; what could not be written as ITF is returned as sentences.
    pub fn write(&mut self, report: &Report) -> Result<Vec<String>, String> {
        let directory = self.directory.clone();
        std::fs::create_dir_all(&directory).map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
        let mut left_out = Vec::new();
        for property in report.violations() {
            let Some(run) = &property.run else { continue };
            let name = self.name(&report.name, &property.name);
            let write = |path: PathBuf, text: String| {
                std::fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
            };
            write(directory.join(format!("{name}.trace.json")), traces::file::to_json(&report.program, run))?;
            match traces::itf::to_itf(&report.program, run) {
                Ok(text) => write(directory.join(format!("{name}.itf.json")), text)?,
                Err(error) => left_out.push(format!("{name}.itf.json is not written: {error}")),
            }
        }
        Ok(left_out)
    }

    /// A name that no run of this command had yet: scenarios in different folders may have the same file name.
    fn name(&mut self, scenario: &str, property: &str) -> String {
        let stem = Path::new(scenario).file_stem().map_or_else(|| "scenario".into(), |stem| stem.to_string_lossy());
        let wanted = format!("{stem}.{property}");
        let mut name = wanted.clone();
        let mut number = 2;
        // some file systems do not tell upper from lower case
        while !self.used.insert(name.to_lowercase()) {
            name = format!("{stem}-{number}.{property}");
            number += 1;
        }
        name
    }
}
