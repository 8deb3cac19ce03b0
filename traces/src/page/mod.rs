//! A run as a page: everything that a viewer needs, computed here, so that the page itself only shows.
//!
//! [`page`] has what belongs to the scenario, [`run`] what belongs to one run, [`play`] a run given by the names of its events.
//! Nothing here searches:
//! what needs the explored graph ([`RunOptions::no_return`], [`data::Graph`]) is handed in.

pub(crate) mod cast;
pub mod data;
pub mod follow;
pub mod html;
mod layout;
mod ledgers;
mod moment;
mod next;
mod offsets;
pub(crate) mod steps;
mod strings;
pub mod svg;
pub mod text;
mod values;

use model::event::Event;
use model::names;
use model::program::Program;
use model::readings::READINGS;
use model::rules::Rule;

use crate::moves::Moves;
use crate::run::{ReplayError, Replayed, Run, replay};
use crate::story::{self, Story, StoryOptions, advice, answers, claims, headline, ledger, relevance, why};
use cast::Cast;
use data::{Lifecycle, Mode, Page, PageRun, PropertyText, RuleText, SCHEMA, ScenarioText, Thread, Why};
use offsets::Offsets;
use strings::Strings;

use crate::story::facts::Facts;

/// Steps of a run whose states a page has as ITF, at the most; of longer ones the command writes them.
const ITF_STEPS_MAX: usize = 2_000;

/// What is said about a run by those who found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// What it is.
    pub label: String,
    /// The verdict that it decides.
    pub verdict: String,
    /// The last step after which it could still have gone well; -1 is the start. From the explored graph.
    pub no_return: Option<i64>,
    /// Index of the nearest good run in [`Page::runs`].
    pub good_run: Option<usize>,
    /// At how many states, at each end of the run, it is said what could happen.
    pub next_states: usize,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            label: "counterexample".to_string(),
            verdict: "violated".to_string(),
            no_return: None,
            good_run: None,
            next_states: 200,
        }
    }
}

/// What belongs to the scenario: a page without a run. `name` is the scenario's file.
pub fn page(program: &Program, name: &str, mode: Mode) -> Page {
    let lifecycles = model::lifecycle::all().into_iter().map(|matrix| Lifecycle {
        name: matrix.name,
        about: matrix.about.trim(),
        states: matrix.states.clone(),
        events: matrix.rows.iter().map(|(event, _)| *event).collect(),
        cells: matrix
            .rows
            .iter()
            .map(|(_, cells)| {
                let cell = |cell: &Result<&'static str, Rule>| match cell {
                    Ok(state) => (*state).to_string(),
                    Err(rule) => format!("[{}]", rule.id()),
                };
                cells.iter().map(cell).collect()
            })
            .collect(),
    });
    let rules = Rule::ALL.iter().map(|rule| {
        let info = rule.info();
        RuleText { id: info.id, name: info.name, sentence: info.sentence }
    });
    Page {
        schema: SCHEMA,
        tool: env!("CARGO_PKG_VERSION"),
        mode,
        scenario: scenario(program, name),
        readings: readings(program),
        bounds: bounds(program),
        faults: program.faults.iter().map(|rule| rule.id()).collect(),
        properties: moment::properties(program),
        rules: rules.collect(),
        lifecycles: lifecycles.collect(),
        runs: Vec::new(),
        graph: None,
        story: String::new(),
        omitted: Vec::new(),
        commands: Vec::new(),
        live: None,
    }
}

/// The scenario of a program; `name` is its file.
pub fn scenario(program: &Program, name: &str) -> ScenarioText {
    ScenarioText {
        name: crate::diagnostics::visible(&file_name(name)),
        title: program.title.clone(),
        text: program.source.clone(),
        digest: crate::file::digest(&program.source),
    }
}

/// A path without its folders, whichever system wrote it.
fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_string()
}

/// How the open questions are taken.
pub fn readings(program: &Program) -> Vec<(&'static str, &'static str)> {
    READINGS.iter().map(|one| (one.name, program.readings.value(one.id))).collect()
}

/// The properties that are asked of a program, in report order.
pub fn properties(program: &Program) -> Vec<PropertyText> {
    moment::properties(program)
}

fn bounds(program: &Program) -> Vec<(&'static str, u32)> {
    let bounds = &program.bounds;
    [
        ("objects", bounds.objects),
        ("stubs", bounds.stubs),
        ("proxies", bounds.proxies),
        ("packets", bounds.packets),
        ("calls", bounds.calls),
        ("references", bounds.references),
        ("frames", bounds.frames),
        ("slots", bounds.slots),
        ("pool_threads", bounds.pool_threads),
    ]
    .map(|(name, value)| (name, u32::from(value)))
    .to_vec()
}

/// A page with its story in parts: what an HTML file is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What the page shows.
    pub page: Page,
    /// What is read without it.
    pub story: Story,
}

/// A page with one run and its story.
pub fn document(
    program: &Program,
    one: &Run,
    options: &RunOptions,
    story_options: &StoryOptions,
) -> Result<Document, ReplayError> {
    let replayed = replay(program, &one.events)?;
    let facts = Facts::new(program, one, &replayed);
    // a page is passed on: what folders its maker has is nobody's business
    let story_options =
        &StoryOptions { scenario_file: file_name(&story_options.scenario_file), ..story_options.clone() };
    let mut page = page(program, &story_options.scenario_file, Mode::File);
    page.runs.push(built(&facts, options));
    let story = story::told(&facts, story_options);
    page.story = story.text(story_options.width, false);
    page.commands = story::commands(&facts, story_options);
    let states = replayed.states.len();
    if states > 2 * options.next_states {
        page.omitted.push(format!(
            "The run has {states} states; what else could have happened is listed for the first {0} and the last {0}.",
            options.next_states
        ));
    }
    Ok(Document { page, story })
}

/// What belongs to one run.
pub fn run(program: &Program, one: &Run, options: &RunOptions) -> Result<PageRun, ReplayError> {
    let replayed = replay(program, &one.events)?;
    Ok(built(&Facts::new(program, one, &replayed), options))
}

/// A run given by the canonical names of its events, as far as they fit.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Played {
    /// The longest part that fits.
    pub run: PageRun,
    /// Where it stops fitting, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misfit: Option<Misfit>,
}

/// The first name that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Misfit {
    /// Its index.
    pub step: usize,
    /// Why not, and what could have happened instead.
    pub text: String,
}

/// Plays names as far as they fit. `property` is what the run is told about; empty for nothing in particular.
pub fn play(program: &Program, list: &[String], property: &str, options: &RunOptions) -> Played {
    let all: std::collections::BTreeMap<String, Event> =
        Event::all(program).into_iter().map(|event| (names::event(program, &event), event)).collect();
    let known: Vec<Event> = list.iter().map_while(|name| all.get(name).copied()).take(crate::run::EVENTS_MAX).collect();
    let mut misfit = list.get(known.len()).map(|name| Misfit {
        step: known.len(),
        text: match known.len() < crate::run::EVENTS_MAX {
            true => format!("step {} ({}): the scenario has no such event", known.len() + 1, crate::file::quoted(name)),
            false => format!("at most {} steps are played", crate::run::EVENTS_MAX),
        },
    });
    let mut one = Run { property: property.to_string(), events: known, loop_start: None, about: Vec::new() };
    let replayed = match replay(program, &one.events) {
        Ok(replayed) => replayed,
        Err(error) => {
            let step = match &error {
                ReplayError::Misfit { step, .. } => *step,
                ReplayError::TooLong(_) => 0,
            };
            misfit = Some(Misfit { step, text: error.text(program) });
            one.events.truncate(step);
            // what was replayed up to there fits
            replay(program, &one.events)
                .unwrap_or_else(|_| Replayed { states: vec![model::step::initial(program)], steps: Vec::new() })
        }
    };
    Played { run: built(&Facts::new(program, &one, &replayed), options), misfit }
}

/// A replayed run as the page shows it.
fn built(facts: &Facts, options: &RunOptions) -> PageRun {
    let (program, one) = (facts.program, facts.run);
    let answers = answers::answers(facts);
    let mut cast = Cast::of(facts);
    for entity in 0..cast.entities.len() {
        cast.entities[entity].fields = values::fields(facts, cast.who[entity]);
    }
    let picture = layout::layout(&mut cast);
    let relevant = relevance::relevant(facts, &answers);
    let offsets = Offsets::new(&program.source);
    let mut strings = Strings::default();
    let mut watch = moment::Watch::new(facts, &cast, &offsets);
    let count = facts.replayed.steps.len();
    let listed = |at: usize| at < options.next_states || at + options.next_states > count;
    let mut now = steps::snapshot(facts, &cast, &mut strings, 0);
    let initial = now.clone();
    let mut moment = |strings: &mut Strings, at: usize, now: &[Vec<usize>]| {
        let moves = Moves::of(program, facts.replayed.before(at));
        let mut moment = watch.moment(&cast, at, &moves);
        moment.next = listed(at).then(|| next::next(facts, &cast, strings, at, now, &moves));
        moment
    };
    let start = moment(&mut strings, 0, &now);
    let mut all = Vec::with_capacity(count);
    for (index, matters) in relevant.iter().enumerate() {
        let then = steps::snapshot(facts, &cast, &mut strings, index + 1);
        let mut step = steps::step(facts, &cast, &answers, &offsets, index, steps::writes(&now, &then));
        step.relevant = *matters;
        step.moment = moment(&mut strings, index + 1, &then);
        // the step that breaks a property ends the run: it lets nobody go on
        if facts.replayed.states[index + 1].breach.is_none() {
            steps::wakes(facts, &cast, &mut step, index);
        }
        all.push(step);
        now = then;
    }
    PageRun {
        label: options.label.clone(),
        property: one.property.clone(),
        verdict: options.verdict.clone(),
        headline: if one.property.is_empty() { String::new() } else { headline::headline(facts) },
        loop_start: one.loop_start,
        digest: digest(program, one),
        why: of_why(facts, &cast, &answers, options, &relevant),
        threads: threads(program, &cast),
        ledgers: ledgers::ledgers(facts, &cast),
        entities: cast.entities,
        picture,
        strings: strings.all,
        initial,
        start,
        steps: all,
        scenario: None,
        readings: None,
        bounds: None,
        properties: None,
        parting: None,
        itf: if count <= ITF_STEPS_MAX { crate::itf::changes(program, facts.replayed) } else { Vec::new() },
    }
}

impl PageRun {
    /// The run of another program than the page's, which is called `name`: it says itself what is different there.
    pub fn of_another(mut self, program: &Program, name: &str, page: &Page) -> PageRun {
        let own = scenario(program, name);
        if own.text != page.scenario.text {
            self.properties = Some(properties(program));
            self.scenario = Some(own);
        }
        self.readings = Some(readings(program)).filter(|readings| *readings != page.readings);
        self.bounds = Some(bounds(program)).filter(|bounds| *bounds != page.bounds);
        self
    }
}

fn of_why(facts: &Facts, cast: &Cast, told: &[answers::Answer], options: &RunOptions, relevant: &[bool]) -> Why {
    if facts.run.property.is_empty() {
        return Why::default();
    }
    let (condition, values) = claims::condition_of(facts);
    let no_return_text = options.no_return.and_then(|step| match usize::try_from(step) {
        Ok(step) => story::last_safe(facts, Some(step)),
        Err(_) => Some("From the first step on nothing could save it.".to_string()),
    });
    let accounts = ledger::accounts(facts);
    let by = facts.breach.and_then(|breach| breach.by).map(usize::from);
    let hurt = facts.matter.iter().filter(|thread| facts.claim.is_none() && Some(**thread) != by);
    Why {
        hurt: hurt.filter_map(|thread| cast.thread_entity(*thread)).collect(),
        sentence: headline::headline(facts),
        lines: why::why(facts, told),
        condition,
        values,
        relevant: (0..relevant.len()).filter(|step| relevant[*step]).collect(),
        no_return: options.no_return.filter(|_| no_return_text.is_some()),
        no_return_text,
        advice: vec![advice::advice(facts, told)],
        good_run: options.good_run,
        holders: accounts.into_iter().flat_map(|account| ledger::held(facts, account)).collect(),
    }
}

fn threads(program: &Program, cast: &Cast) -> Vec<Thread> {
    let described = cast.threads.iter().enumerate().filter_map(|(index, thread)| {
        let process = usize::from(program.threads[*thread].process);
        Some(Thread {
            name: names::thread(program, *thread),
            process: cast.find(cast::Who::declared(model::state::Kind::Process, process))?,
            letter: moment::letter(index),
            entity: cast.thread_entity(*thread)?,
            pool: program.threads[*thread].body.is_none(),
        })
    });
    described.collect()
}

/// Of scenario, readings, faults and events: two runs with the same digest are the same run.
fn digest(program: &Program, one: &Run) -> String {
    let mut text = program.source.clone();
    for reading in READINGS {
        text.push_str(&format!("\0{}={}", reading.name, program.readings.value(reading.id)));
    }
    program.faults.iter().for_each(|rule| text.push_str(&format!("\0{}", rule.id())));
    one.events.iter().for_each(|event| text.push_str(&format!("\0{}", names::event(program, event))));
    crate::file::digest(&text)
}
