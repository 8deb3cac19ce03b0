//! What is answered to a request that was let in: a pure function of the scenario and of the request's body.
//!
//! Every request says the whole run, by the names of its events; the server remembers nothing about a page. So a link shows the
//! same run after every change of the scenario, or the step at which it no longer fits.

use model::event::Event;
use model::lang::diagnostic::Severity;
use model::lang::lower;
use serde::{Deserialize, Serialize};
use traces::judge::judge;
use traces::page::data::{Live, Mode, PageRun};
use traces::page::{Misfit, Played, RunOptions, play};
use traces::run::{EVENTS_MAX, ReplayError, Run, replay};

use super::assets;
use super::gate::Route;
use super::reply::{Kind, Reply, Status};
use super::session::{Loaded, Session};
use crate::binding::quest::{self, Found, Goal};
use crate::compare::{self, Elsewhere};
use crate::human;
use checker::{Stop, System};

/// Bytes of an event's name, at the most: two names of the scenario and some words.
const NAME_BYTES_MAX: usize = 200;
/// Bytes of a condition, at the most.
const CONDITION_BYTES_MAX: usize = 1024;
/// States at each end of a run for which it is said what can happen: as many as a page can branch from.
const NEXT_STATES: usize = 200;
/// What stands for every property in a goal.
const ANY: &str = "*";

/// A run to be played.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunAsked {
    names: Vec<String>,
}

/// A run to be played, and what is to happen next.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NextAsked {
    names: Vec<String>,
    choose: String,
}

/// A run, and what is looked for from its end on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindAsked {
    names: Vec<String>,
    goal: GoalAsked,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoalAsked {
    property: Option<String>,
    condition: Option<String>,
}

/// A run, and where it is to be followed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompareAsked {
    names: Vec<String>,
    with: String,
}

/// A run of another program, or of a trace; the shapes are `Compared` and `Opened` in `traces/page/src/data.ts`.
#[derive(Serialize)]
#[serde(untagged)]
enum RunTold {
    Compared {
        run: Box<PageRun>,
    },
    Opened {
        #[serde(flatten)]
        played: Box<Played>,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    Error {
        error: String,
    },
}

/// What was found; the shapes are `Found` in `traces/page/src/data.ts`.
#[derive(Serialize)]
#[serde(untagged)]
enum FindTold {
    Way {
        names: Vec<String>,
        #[serde(rename = "loopStart", skip_serializing_if = "Option::is_none")]
        loop_start: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        property: Option<String>,
    },
    Unreachable {
        unreachable: bool,
        states: u64,
        #[serde(rename = "withinBounds", skip_serializing_if = "std::ops::Not::not")]
        within_bounds: bool,
    },
    Error {
        error: String,
    },
}

/// Answers a request. `stop` ends a search when nobody waits for its answer any more.
pub fn answer(session: &Session, route: Route, body: &[u8], stop: &Stop) -> Reply {
    let (loaded, version) = session.loaded();
    let answered = match route {
        Route::Document => Ok(Reply::asset(Kind::Document, assets::DOCUMENT)),
        Route::Script => Ok(Reply::asset(Kind::Script, assets::SCRIPT)),
        Route::Style => Ok(Reply::asset(Kind::Style, assets::STYLE)),
        Route::Page => {
            let mut page = traces::page::page(loaded.program(), &loaded.scenario.name, Mode::Live);
            page.live = Some(Live { version, others: session.others(loaded.program()) });
            Ok(Reply::json(&page))
        }
        Route::Version => Ok(Reply::json(&session.standing())),
        Route::Run => asked::<RunAsked>(body).and_then(|asked| run(&loaded, &asked.names)),
        Route::Next => asked::<NextAsked>(body).and_then(|asked| {
            let mut names = asked.names;
            names.push(asked.choose);
            run(&loaded, &names)
        }),
        Route::Compare => asked::<CompareAsked>(body).and_then(|asked| compare(session, &loaded, &asked)),
        Route::Open => open(&loaded, body),
        Route::Find => asked::<FindAsked>(body).and_then(|asked| find(session, &loaded, &asked, stop)),
    };
    answered.unwrap_or_else(|refused| refused)
}

/// The body as what it should be. What is wrong with it is not told: our own page knows how to ask.
fn asked<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Reply> {
    serde_json::from_slice(body)
        .map_err(|_| Reply::refused_for(Status::BadRequest, "the body is not JSON of the form that is read here"))
}

/// Refuses lists of names that no run of any scenario has.
fn plausible(names: &[String]) -> Result<(), Reply> {
    if names.len() > EVENTS_MAX {
        return Err(Reply::refused_for(Status::ContentTooLarge, "more events than a run may have"));
    }
    let fits = |name: &String| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '[' | ']' | ' ' | '-');
        name.len() <= NAME_BYTES_MAX && name.chars().all(plain)
    };
    // what else a name may hold could change how a terminal or a page shows the text around it
    if names.iter().all(fits) {
        Ok(())
    } else {
        Err(Reply::refused_for(Status::BadRequest, "no event has such a name"))
    }
}

fn run(loaded: &Loaded, names: &[String]) -> Result<Reply, Reply> {
    plausible(names)?;
    Ok(Reply::json(&played(loaded, names)))
}

/// The longest part of a run that fits, with the property that its last state breaks.
fn played(loaded: &Loaded, names: &[String]) -> Played {
    let (events, misfit) = fitting(loaded, names);
    let broken = broken(loaded, &events);
    let options = RunOptions {
        label: "this run".to_string(),
        verdict: broken.as_ref().map_or("", |_| "violated").to_string(),
        next_states: NEXT_STATES,
        ..RunOptions::default()
    };
    // what does not fit is told here: not with the name, which may be anything
    let played = play(loaded.program(), &names[..events.len()], &broken.unwrap_or_default(), &options);
    Played { misfit, ..played }
}

/// The events of the longest part of a list of names that fits, and where and why the rest does not.
fn fitting(loaded: &Loaded, names: &[String]) -> (Vec<Event>, Option<Misfit>) {
    let mut events: Vec<Event> = names.iter().map_while(|name| loaded.event(name)).collect();
    let unknown = (events.len() < names.len()).then(|| Misfit {
        step: events.len(),
        text: format!("step {}: the scenario has no event of this name", events.len() + 1),
    });
    match replay(loaded.program(), &events) {
        Ok(_) => (events, unknown),
        Err(error) => {
            let step = match &error {
                ReplayError::Misfit { step, .. } => *step,
                ReplayError::TooLong(_) => 0,
            };
            events.truncate(step);
            (events, Some(Misfit { step, text: error.text(loaded.program()) }))
        }
    }
}

/// The property that a run breaks with its last step, as the judge sees it, who believes nothing here.
fn broken(loaded: &Loaded, events: &[Event]) -> Option<String> {
    let properties = loaded.service.properties().iter().zip(loaded.service.asked());
    let violations = properties.filter(|(property, _)| property.kind != checker::Kind::Reachable);
    violations.map(|(property, _)| property.name.clone()).find(|name| {
        let run = Run { property: name.clone(), events: events.to_vec(), loop_start: None, about: Vec::new() };
        judge(loaded.program(), &run).is_ok_and(|accepted| accepted.believed.is_none())
    })
}

/// The run as it goes in another scenario or reading.
fn compare(session: &Session, loaded: &Loaded, asked: &CompareAsked) -> Result<Reply, Reply> {
    plausible(&asked.names)?;
    let (events, _) = fitting(loaded, &asked.names);
    let run =
        Run { property: broken(loaded, &events).unwrap_or_default(), events, loop_start: None, about: Vec::new() };
    let page = traces::page::page(loaded.program(), &loaded.scenario.name, Mode::Live);
    let shown = session.other(loaded, &asked.with).and_then(|(name, program)| {
        let there = Elsewhere { label: asked.with.clone(), name: &name, program: &program, verdict: String::new() };
        compare::elsewhere(&page, loaded.program(), &run, &there)
    });
    Ok(Reply::json(&match shown {
        Some(run) => RunTold::Compared { run: Box::new(run) },
        None => RunTold::Error { error: "there is nothing of this name to compare with".to_string() },
    }))
}

/// The run of a trace file, as far as it fits the scenario that is shown.
fn open(loaded: &Loaded, body: &[u8]) -> Result<Reply, Reply> {
    let told = match traces::open::open(body) {
        Ok(opened) => {
            let names: Vec<String> = opened.file.steps.iter().map(|step| step.text.clone()).collect();
            plausible(&names)?;
            let program = loaded.program();
            let same_text = opened.file.scenario.digest == traces::page::scenario(program, "").digest;
            let same_readings = traces::page::readings(program)
                .iter()
                .all(|(name, value)| opened.file.readings.get(*name).is_none_or(|other| other == value));
            let note = match (same_text, same_readings) {
                (true, true) => None,
                (false, _) => Some("The trace was made from another text of the scenario.".to_string()),
                (true, false) => Some("The trace was made under other readings.".to_string()),
            };
            RunTold::Opened { played: Box::new(played(loaded, &names)), note }
        }
        Err(error) => RunTold::Error { error: error.to_string() },
    };
    Ok(Reply::json(&told))
}

fn find(session: &Session, loaded: &Loaded, asked: &FindAsked, stop: &Stop) -> Result<Reply, Reply> {
    plausible(&asked.names)?;
    let told = match goal(loaded, &asked.goal)? {
        Ok(goal) => found(session, loaded, &asked.names, &goal, stop),
        Err(error) => FindTold::Error { error },
    };
    Ok(Reply::json(&told))
}

/// What is looked for, or what is wrong with it.
fn goal(loaded: &Loaded, asked: &GoalAsked) -> Result<Result<Goal, String>, Reply> {
    match (&asked.property, &asked.condition) {
        (Some(name), None) if name == ANY => Ok(Ok(Goal::AnyViolation)),
        (Some(name), None) => {
            let goal = loaded.property(name).map(Goal::Property);
            Ok(goal.ok_or_else(|| "the scenario asks for no property of this name".to_string()))
        }
        (None, Some(text)) if text.len() > CONDITION_BYTES_MAX => {
            Err(Reply::refused_for(Status::ContentTooLarge, "a condition of more than 1,024 bytes"))
        }
        (None, Some(text)) => {
            let condition = lower::condition(&loaded.program().source, text).map(Goal::Condition);
            Ok(condition.map_err(|diagnostics| {
                let wrong = diagnostics.into_iter().find(|diagnostic| diagnostic.severity == Severity::Error);
                let Some(wrong) = wrong else { return "this is not a condition".to_string() };
                let column = text.get(..wrong.primary.0.start as usize).map_or(1, |before| before.chars().count() + 1);
                let sentences = [format!("at character {column}: {}", wrong.message)].into_iter().chain(wrong.help);
                traces::diagnostics::visible(&sentences.collect::<Vec<_>>().join("; "))
            }))
        }
        (None, None) | (Some(_), Some(_)) => {
            Err(Reply::refused_for(Status::BadRequest, "a goal is a property or a condition"))
        }
    }
}

fn found(session: &Session, loaded: &Loaded, names: &[String], goal: &Goal, stop: &Stop) -> FindTold {
    let (events, misfit) = fitting(loaded, names);
    if let Some(misfit) = misfit {
        return FindTold::Error { error: misfit.text };
    }
    let states = match replay(loaded.program(), &events) {
        Ok(replayed) => replayed.states,
        Err(error) => return FindTold::Error { error: error.text(loaded.program()) },
    };
    match quest::find(&loaded.service, &states, goal, &session.options().limits, stop) {
        Found::Way { events: more, loop_start, property } => FindTold::Way {
            names: names
                .iter()
                .cloned()
                .chain(more.iter().map(|event| model::names::event(loaded.program(), event)))
                .collect(),
            loop_start: loop_start.map(|start| start + names.len()),
            property: property.map(|property| loaded.service.properties()[property].name.clone()),
        },
        Found::Nowhere { states, cut } => FindTold::Unreachable { unreachable: true, states, within_bounds: cut > 0 },
        Found::Open { states, reason } => FindTold::Error {
            error: format!(
                "not found among the first {} states; the search ended there by its limit: {}",
                human::grouped(states),
                human::stopped(reason)
            ),
        },
    }
}
