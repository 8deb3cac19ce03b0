//! Which code would set an event that nobody sets any more, and what keeps that code from being run.

use super::facts::Facts;
use super::text::listed;
use super::{ownership, words};
use model::lifecycle::object::ObjectPhase;
use model::operation::Does;
use model::program::{FunctionId, Op, SyncId};
use model::reduce::Kind;

/// The sentences about an event for which somebody waits, and which no thread that is left comes to set.
pub(super) fn of_event(facts: &Facts, event: SyncId) -> Vec<String> {
    let program = facts.program;
    let sets = |op: &Op| {
        op.may(Does::Sets) && matches!(op, Op::Api(api, _) if api.named(Kind::Event) == Some(usize::from(event)))
    };
    let mut places: Vec<String> = Vec::new();
    let mut kept: Vec<String> = Vec::new();
    for (id, function) in program.functions.iter().enumerate() {
        let Some(pc) = function.code.iter().position(sets) else { continue };
        let line = function.spans.get(pc).map_or_else(String::new, |span| facts.at_line(*span));
        let destroyed = destroyed_before(facts, id as FunctionId);
        let own = program.classes.iter().find(|class| class.destructor.map(usize::from) == Some(id));
        let when = own
            .map_or_else(String::new, |class| format!(", which runs when the last reference of {} goes", class.name));
        let one = format!("{}{line}{when}", words::function(program, id as FunctionId));
        if !places.contains(&one) {
            places.push(one);
        }
        for sentence in destroyed.into_iter().flat_map(|class| alive(facts, class)) {
            if !kept.contains(&sentence) {
                kept.push(sentence);
            }
        }
    }
    if places.is_empty() {
        return vec!["No code sets it at all.".to_string()];
    }
    let told = format!("No thread that is left comes to where it is set: {}.", listed(&places));
    std::iter::once(told).chain(kept).collect()
}

/// The classes whose destructors come to a function.
fn destroyed_before(facts: &Facts, function: FunctionId) -> Vec<usize> {
    let comes = |destructor: FunctionId| ownership::comes_to(facts, destructor).contains(&function);
    let classes = facts.program.classes.iter().enumerate();
    classes.filter(|(_, class)| class.destructor.is_some_and(comes)).map(|(class, _)| class).collect()
}

/// The objects of a class that still live at the end, and who holds them.
fn alive(facts: &Facts, class: usize) -> Vec<String> {
    let state = facts.last();
    let lives = |place: &usize| {
        let object = state.objects[*place];
        usize::from(object.class) == class && object.phase == ObjectPhase::Alive
    };
    let told = (0..state.objects.len()).filter(lives).map(|place| {
        let name = words::object(facts, state, place);
        let holders = ownership::object_holders(facts, place);
        let held = if holders.is_empty() { String::new() } else { format!(": {}", listed(&holders)) };
        format!("{name}, whose destructor would come there, is still alive{held}.")
    });
    told.collect()
}
