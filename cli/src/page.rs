//! A violation as a page: what [`traces::page`] shows, with what only the explored graph can tell.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use traces::page::{Document, RunOptions, document, html};
use traces::run::Run;

use checker::Stop;

use crate::aftermath;
use crate::compare::{self, Elsewhere, Others};
use crate::depends;
use crate::report::{Options, PropertyReport, Report};

/// The page of a violation with its story; none if there is no run, because nothing reaches a `reachable`. Where it is cheap to know,
/// it has the run under other readings of the documents too, if the property holds there.
pub fn page(report: &Report, property: &PropertyReport) -> Option<Document> {
    let others = depends::others(report, &Options::default(), &Stop::new());
    page_beside(report, property, &Others { asked: Vec::new(), depends: others.unwrap_or_default() })
}

/// The same with the run as it goes elsewhere.
pub fn page_beside(report: &Report, property: &PropertyReport, others: &Others) -> Option<Document> {
    let run = property.run.as_ref()?;
    let program = &report.program;
    let after = aftermath::aftermath(program, run);
    let good = after.as_ref().and_then(|after| after.good.as_ref());
    let options = RunOptions {
        verdict: property.verdict.to_string(),
        no_return: after.as_ref().map(|after| after.last_good),
        good_run: good.map(|_| 1),
        ..RunOptions::default()
    };
    let mut story = crate::human::options(&report.name, false);
    story.last_safe = options.no_return.and_then(|step| usize::try_from(step).ok());
    let mut document = document(program, run, &options, &story).ok()?;
    if let Some(events) = good {
        let run = Run { property: String::new(), events: events.clone(), loop_start: None, about: Vec::new() };
        let same =
            run.events.iter().zip(&property.run.as_ref()?.events).take_while(|(one, other)| one == other).count();
        let label = RunOptions { label: "nearest good run".into(), verdict: "holds".into(), ..RunOptions::default() };
        let mut good = traces::page::run(program, &run, &label).ok()?;
        good.headline = match same {
            0 => "another way from the start, on which all goes well".to_string(),
            1 => "the same first step, and then all goes well".to_string(),
            same => format!("the same {same} first steps, and then all goes well"),
        };
        document.page.runs.push(good);
    }
    for (label, other) in others.of(&property.name) {
        let there = Elsewhere::checked(label, other, &property.name);
        document.page.runs.extend(compare::elsewhere(&document.page, program, run, &there));
    }
    document.page.graph = aftermath::neighbourhood(program, run, report.coverage.states);
    Some(document)
}

/// The page as one self-contained HTML file; none if there is no run.
pub fn html(report: &Report, property: &PropertyReport) -> Option<String> {
    page(report, property).map(|document| html::html(&document))
}

/// Writes the page of a violation below the target directory of the test that is running, and says where, as a path from the
/// folder that holds that directory. None if there is no run, no such directory, or no way to write there.
pub(crate) fn for_a_test(report: &Report, property: &PropertyReport) -> Option<PathBuf> {
    static WRITTEN: AtomicUsize = AtomicUsize::new(0);
    let target = target_directory()?;
    let folder = target.join("rundown");
    let stem = Path::new(&report.name).file_stem()?.to_string_lossy().into_owned();
    let name = format!("{stem}.{}.html", property.stem());
    let text = html(report, property)?;
    std::fs::create_dir_all(&folder).ok()?;
    // tests run side by side: a file appears as a whole
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let part = folder.join(format!(".{name}.{}-{number}", std::process::id()));
    std::fs::write(&part, text).ok()?;
    std::fs::rename(&part, folder.join(&name)).ok()?;
    Some(Path::new(target.file_name()?).join("rundown").join(name))
}

/// The directory in which cargo built the program that runs; cargo marks it.
fn target_directory() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).map(Path::to_path_buf)
}
