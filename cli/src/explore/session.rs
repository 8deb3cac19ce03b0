//! The scenario that a live page shows, and how it follows its file: read again from time to time, compiled if it has changed,
//! checked anew. The last text that compiles stays until the next one does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use checker::{Stop, System};
use model::event::Event;
use model::names;
use model::program::Program;
use model::readings::READINGS;
use serde::Serialize;

use crate::binding::Service;
use crate::human;
use crate::report::{Options, Report, check_with};
use crate::scenario::{Mistake, Scenario};

/// A scenario that compiled, as the page asks about it.
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// As a system to search.
    pub service: Service,
    events: BTreeMap<String, Event>,
}

impl Loaded {
    fn new(scenario: Scenario, options: &Options) -> Self {
        let service = Service::new(options.assumed(&scenario.program));
        let program = service.program();
        let events = Event::all(program).into_iter().map(|event| (names::event(program, &event), event)).collect();
        Loaded { scenario, service, events }
    }

    /// The program, with the readings and faults of this session.
    pub fn program(&self) -> &Program {
        self.service.program()
    }

    /// The event of this canonical name.
    pub fn event(&self, name: &str) -> Option<Event> {
        self.events.get(name).copied()
    }

    /// The property of this name.
    pub fn property(&self, name: &str) -> Option<usize> {
        self.service.properties().iter().position(|property| property.name == name)
    }
}

/// How the scenario's file stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Counts the changes of the file that were seen, from 1.
    pub version: u64,
    /// What is wrong with the file as it is now; the last text that compiles is shown then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What the check of the text that is shown found; none while it is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Verdict>,
}

/// What a check found, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The verdict on the whole, in the report's words.
    pub word: String,
    /// The violated properties.
    pub violated: Vec<String>,
    /// States that were explored.
    pub states: u64,
}

impl Verdict {
    fn of(report: &Report) -> Self {
        Verdict {
            word: human::word(report.word),
            violated: report.violated().into_iter().map(str::to_string).collect(),
            states: report.coverage.states,
        }
    }
}

/// What is said when something has happened to the scenario.
pub enum News {
    /// Its file has changed; this is what is wrong with it, if it does not compile.
    Changed(Option<String>),
    /// A check is done.
    Checked(Box<Report>),
}

/// A scenario's file, and what is known of it.
pub struct Session {
    path: PathBuf,
    options: Options,
    /// The scenario that runs are compared with, and what the page calls it.
    repaired: Option<(String, Scenario)>,
    known: Mutex<Known>,
    changed: Condvar,
}

struct Known {
    loaded: Arc<Loaded>,
    standing: Standing,
    /// The file's bytes as they were seen last; none if it could not be read.
    seen: Option<Vec<u8>>,
    /// Ends the check under way.
    checking: Stop,
    ended: bool,
}

impl Session {
    /// Reads and compiles the file.
    pub fn open(path: &Path, options: &Options) -> Result<Session, Mistake> {
        let (name, bytes) = Scenario::read(path)?;
        let scenario = Scenario::from_bytes(&name, &bytes)?;
        let known = Known {
            loaded: Arc::new(Loaded::new(scenario, options)),
            standing: Standing { version: 1, error: None, check: None },
            seen: Some(bytes),
            checking: Stop::new(),
            ended: false,
        };
        Ok(Session {
            path: path.to_path_buf(),
            options: options.clone(),
            repaired: None,
            known: Mutex::new(known),
            changed: Condvar::new(),
        })
    }

    /// With a scenario that runs can be compared with.
    pub fn beside(self, repaired: Scenario) -> Session {
        let name = Path::new(&repaired.name).file_name().map(|name| name.to_string_lossy().into_owned());
        Session { repaired: Some((name.unwrap_or_else(|| repaired.name.clone()), repaired)), ..self }
    }

    /// What a run of this program can be compared with: the other scenario, then every other value of a reading.
    pub fn others(&self, program: &Program) -> Vec<String> {
        let readings = READINGS.iter().flat_map(|reading| {
            let taken = program.readings.value(reading.id);
            let values = reading.value_names().filter(move |value| *value != taken);
            values.map(|value| format!("{}={value}", reading.name))
        });
        self.repaired.iter().map(|(name, _)| name.clone()).chain(readings).collect()
    }

    /// The file's name and the program of one of [`Session::others`].
    pub fn other(&self, loaded: &Loaded, label: &str) -> Option<(String, Program)> {
        if let Some((name, scenario)) = self.repaired.as_ref().filter(|(name, _)| name == label) {
            return Some((name.clone(), self.options.assumed(&scenario.program)));
        }
        let (name, value) = label.split_once('=')?;
        let mut program = loaded.program().clone();
        program.readings.set(name, value).then(|| (loaded.scenario.name.clone(), program))
    }

    /// The options of this session.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The latest text that compiles, and how many changes of the file were seen.
    pub fn loaded(&self) -> (Arc<Loaded>, u64) {
        let known = self.known();
        (known.loaded.clone(), known.standing.version)
    }

    /// How the file stands.
    pub fn standing(&self) -> Standing {
        self.known().standing.clone()
    }

    /// Looks at the file: whether it has changed, and if so what is wrong with it, if anything.
    pub fn look(&self) -> Option<Option<String>> {
        let read = Scenario::read(&self.path);
        let bytes = read.as_ref().ok().map(|(_, bytes)| bytes.clone());
        {
            let known = self.known();
            let unreadable_before = known.seen.is_none();
            if bytes == known.seen && (bytes.is_some() || unreadable_before) {
                return None;
            }
        }
        // compiled without the lock: the page goes on asking about the text before
        let compiled = read.and_then(|(name, bytes)| Scenario::from_bytes(&name, &bytes));
        let compiled = compiled.map(|scenario| Arc::new(Loaded::new(scenario, &self.options)));
        let mut known = self.known();
        known.seen = bytes;
        known.standing.version += 1;
        known.standing.error = match compiled {
            // the text that is loaded came back
            Ok(loaded) if loaded.scenario.text == known.loaded.scenario.text => None,
            Ok(loaded) => {
                known.checking.ask();
                known.checking = Stop::new();
                known.loaded = loaded;
                known.standing.check = None;
                self.changed.notify_all();
                None
            }
            Err(mistake) => Some(mistake.render(false)),
        };
        Some(known.standing.error.clone())
    }

    /// Checks the text at hand; none if another one came meanwhile.
    pub fn check(&self) -> Option<Report> {
        let (loaded, stop) = {
            let known = self.known();
            (known.loaded.clone(), known.checking.clone())
        };
        let report = check_with(&loaded.scenario, &self.options, &stop, &mut ());
        let mut known = self.known();
        if stop.is_asked() {
            return None;
        }
        known.standing.check = Some(Verdict::of(&report));
        Some(report)
    }

    /// Follows the file until the result is dropped: looks at it `every` so often (never, if none is given), checks every text that compiles,
    /// and tells what happens.
    pub fn follow(self: &Arc<Self>, every: Option<Duration>, tell: impl Fn(News) + Send + Sync + 'static) -> Follower {
        let tell = Arc::new(tell);
        let mut threads = Vec::new();
        let (session, told) = (self.clone(), tell.clone());
        threads.push(std::thread::spawn(move || {
            while session.wait_unchecked() {
                if let Some(report) = session.check() {
                    told(News::Checked(Box::new(report)));
                }
            }
        }));
        if let Some(every) = every {
            let session = self.clone();
            threads.push(std::thread::spawn(move || {
                while session.wait(every) {
                    if let Some(error) = session.look() {
                        tell(News::Changed(error));
                    }
                }
            }));
        }
        Follower { session: self.clone(), threads }
    }

    /// Waits until there is a text to check; false at the end.
    fn wait_unchecked(&self) -> bool {
        let checked = |known: &mut Known| known.standing.check.is_some() && !known.ended;
        let known = self.changed.wait_while(self.known(), checked);
        !known.unwrap_or_else(PoisonError::into_inner).ended
    }

    /// Waits that long; false at the end.
    fn wait(&self, time: Duration) -> bool {
        let known = self.changed.wait_timeout_while(self.known(), time, |known| !known.ended);
        !known.unwrap_or_else(PoisonError::into_inner).0.ended
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // nothing is left half done under the lock
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows a scenario's file; ends when dropped.
pub struct Follower {
    session: Arc<Session>,
    threads: Vec<JoinHandle<()>>,
}

impl Drop for Follower {
    fn drop(&mut self) {
        {
            let mut known = self.session.known();
            known.ended = true;
            known.checking.ask();
            self.session.changed.notify_all();
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
