//! Files of the command: scenarios found below paths, traces written beside them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rundown::internal::compare::Others;
use rundown::internal::paths;
use rundown::{Mistake, Report, Scenario};

/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// Compiles the scenario of a file, or of standard input.
pub fn scenario(path: &Path) -> Result<Scenario, Mistake> {
    if path == Path::new(STANDARD_INPUT) {
        // what is written about it is named after it, which must be a file's name on every system
        return Scenario::from_reader("stdin", std::io::stdin().lock());
    }
    Scenario::from_file(path)
}

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

/// Where the runs of violations are written, and as what.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    /// Our own trace and ITF.
    pub traces: Option<PathBuf>,
    /// One self-contained page.
    pub html: Option<PathBuf>,
    /// The picture after a step; after the last one if none is named.
    pub svg: Option<PathBuf>,
    /// Which step.
    pub svg_step: Option<usize>,
    /// Markdown with a chart.
    pub markdown: Option<PathBuf>,
}

/// Writes the runs of violations into directories, which are made when something is written.
pub struct RunWriter {
    folders: Folders,
    used: BTreeSet<String>,
    first_page: Option<PathBuf>,
}

impl RunWriter {
    /// For these directories.
    pub fn new(folders: Folders) -> Self {
        RunWriter { folders, used: BTreeSet::new(), first_page: None }
    }

    /// Does it write pages?
    pub fn pages(&self) -> bool {
        self.folders.html.is_some()
    }

    /// The first page that was written.
    pub fn first_page(&self) -> Option<&Path> {
        self.first_page.as_deref()
    }

    /// Writes all runs of a report, pages with the same run elsewhere beside it; says of each file that it is written, or, of a trace that
    /// nobody could read again, why not.
    pub fn write(&mut self, report: &Report, others: &Others, say: impl Fn(&str)) -> Result<(), String> {
        let Folders { traces, html, svg, svg_step, markdown } = self.folders.clone();
        for folder in [&traces, &html, &svg, &markdown].into_iter().flatten() {
            std::fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        }
        if traces.is_none() && html.is_none() && svg.is_none() && markdown.is_none() {
            return Ok(());
        }
        for property in report.violations() {
            let Some(run) = &property.run else { continue };
            let name = self.name(&report.name, &property.stem());
            let write = |folder: &Path, extension: &str, text: String| {
                let path = folder.join(format!("{name}.{extension}"));
                rundown::internal::output::write(&path, text.as_bytes())
                    .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
                say(&format!("wrote {}", paths::native(&path)));
                Ok::<PathBuf, String>(path)
            };
            if let Some(folder) = &traces {
                let texts = [
                    ("trace.json", traces::record::to_json(&report.program, run)),
                    ("itf.json", traces::itf::to_itf(&report.program, run)),
                ];
                for (extension, text) in texts {
                    match text {
                        Ok(text) => drop(write(folder, extension, text)?),
                        Err(error) => say(&format!("{name}.{extension} is not written: {error}")),
                    }
                }
            }
            if html.is_none() && svg.is_none() && markdown.is_none() {
                continue;
            }
            let Some(document) = rundown::internal::page::page_beside(report, property, others) else { continue };
            if let Some(folder) = &html {
                let page = write(folder, "html", traces::page::html::html(&document))?;
                self.first_page.get_or_insert(page);
            }
            if let (Some(folder), Some(run)) = (&svg, document.page.runs.first()) {
                write(folder, "svg", traces::page::svg::svg(run, svg_step.unwrap_or(run.steps.len())))?;
            }
            if let Some(folder) = &markdown {
                write(folder, "md", traces::page::text::markdown(&document.page))?;
            }
        }
        Ok(())
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
