//! What the checks share: the browser, and pages of real runs as the library and the command write them.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::corpus::root;
use base64::Engine as _;
use rundown::Scenario;
use rundown::internal::compare::Others;
use rundown::internal::page::page_beside;
use serde_json::Value;
use traces::page::html::html;

use crate::chromium::Chromium;
use crate::tab::{Look, Tab, WIDE};

/// The browser and a folder of pages, thrown away at the end.
pub struct Lab {
    /// One for all checks; each tab has a context of its own.
    pub browser: RefCell<Chromium>,
    folder: tempfile::TempDir,
}

/// A page of a corpus run: what it is for, the scenario, and the property that is violated.
pub struct Sample {
    /// Short name, also of shots.
    pub name: &'static str,
    /// Below the workspace's root.
    pub scenario: &'static str,
    /// What does not hold.
    pub property: &'static str,
    /// The repaired scenario that its run is compared with.
    pub repaired: Option<&'static str>,
}

/// A module unloaded under a thread: the page that a newcomer must be able to read.
pub const UNLOAD: Sample =
    Sample { name: "unload", scenario: "scenarios/field/c34-broken.scn", property: "unload_in_use", repaired: None };
/// The same beside its repaired scenario.
pub const REPAIRED: Sample = Sample { name: "repaired", repaired: Some("scenarios/field/c34-repaired.scn"), ..UNLOAD };
/// Two threads that wait for each other.
pub const DEADLOCK: Sample =
    Sample { name: "deadlock", scenario: "scenarios/field/c02-broken.scn", property: "deadlock", repaired: None };
/// Two processes, a proxy, a stub, a call in flight.
pub const SERVICE: Sample =
    Sample { name: "service", scenario: "cli/sample.scn", property: "unload_in_use", repaired: None };
/// A run that repeats for ever.
pub const LOOP: Sample =
    Sample { name: "loop", scenario: "scenarios/liveness/retry-loop-never-ends.scn", property: "ends", repaired: None };
/// Something that is never given back.
pub const LEAK: Sample =
    Sample { name: "leak", scenario: "scenarios/field/c48-broken.scn", property: "leak_packet", repaired: None };

/// All of them.
pub const SAMPLES: [&Sample; 5] = [&UNLOAD, &DEADLOCK, &SERVICE, &LOOP, &LEAK];

impl Lab {
    /// Starts the browser.
    pub fn new() -> Result<Lab, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no folder for pages: {error}"))?;
        Ok(Lab { browser: RefCell::new(Chromium::start()?), folder })
    }

    /// The address of a sample's page, written when first asked for.
    pub fn page(&self, sample: &Sample) -> String {
        let path = self.folder.path().join(format!("{}.html", sample.name));
        if !path.exists() {
            let check = |path: &str| {
                let scenario = Scenario::from_file(root().join(path)).unwrap_or_else(|mistake| panic!("{mistake}"));
                Scenario { name: path.to_string(), ..scenario }.check()
            };
            let report = check(sample.scenario);
            let violation = report.violation(sample.property).expect("a violation");
            let html = match sample.repaired {
                Some(repaired) => {
                    let asked = vec![("c34-repaired.scn".to_string(), check(repaired))];
                    let others = Others { asked, depends: Vec::new() };
                    page_beside(&report, violation, &others).map(|document| html(&document))
                }
                None => rundown::internal::page::html(&report, violation),
            };
            std::fs::write(&path, html.expect("a page")).expect("a file");
        }
        address(&path)
    }

    /// Writes a file and gives its address.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        address(&path)
    }

    /// A folder below the one of the pages.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// Opens a sample in the usual window.
    pub fn open(&self, sample: &Sample) -> Tab<'_> {
        self.open_at(&self.page(sample), WIDE)
    }

    /// Opens an address.
    pub fn open_at(&self, address: &str, look: Look) -> Tab<'_> {
        Tab::open(&self.browser, address, look)
    }
}

/// The command, built beside this program.
pub fn command() -> Command {
    let exe = std::env::current_exe().expect("the program's own path");
    Command::new(exe.with_file_name(format!("rundown{}", std::env::consts::EXE_SUFFIX)))
}

/// A path as the browser is told it.
pub fn address(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The data in a page.
pub fn data(html: &str) -> Value {
    let packed = html.split("id=\"data\">").nth(1).and_then(|rest| rest.split('<').next()).expect("data in the page");
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed.trim()).expect("base64");
    serde_json::from_reader(flate2::read::GzDecoder::new(&bytes[..])).expect("JSON")
}

/// The page with other data in it.
pub fn with_data(html: &str, data: &Value) -> String {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    serde_json::to_writer(&mut packer, data).expect("JSON");
    let packed = base64::engine::general_purpose::STANDARD.encode(packer.finish().expect("gzip"));
    let (before, rest) = html.split_once("id=\"data\">").expect("data in the page");
    let after = &rest[rest.find('<').expect("the end of the data")..];
    format!("{before}id=\"data\">{packed}{after}")
}
