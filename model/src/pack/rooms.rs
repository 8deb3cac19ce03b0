//! The rooms of what a scenario declares and code can change: modules and class objects.

use super::bits::{List, Room};
use super::facts::Facts;
use super::layout::phases;
use crate::lifecycle::class_object::ClassObjectPhase;
use crate::program::Program;

/// The rooms of a module's cells.
#[derive(Clone, Debug)]
pub(super) struct ModuleRooms {
    pub(super) count: Room,
    /// A list of COM's: a bit for each apartment of the process.
    pub(super) list: Room,
    pub(super) lost: Room,
}

/// The rooms of a class object's cells.
#[derive(Clone, Debug)]
pub(super) struct ClassRooms {
    pub(super) phase: List,
    pub(super) context: List,
    pub(super) pending: Room,
    pub(super) stale: Room,
}

impl ModuleRooms {
    pub(super) fn new(program: &Program, facts: &Facts, module: u8) -> Self {
        let by_com = facts.com_loaded.contains(&module);
        let process = program.modules[usize::from(module)].process;
        let apartments = program.apartments.iter().filter(|apartment| apartment.process == process).count();
        let count = if by_com || facts.held.contains(&module) {
            Room::to(u8::MAX)
        } else if facts.loaded.contains(&module) {
            Room::to(program.bounds.references)
        } else {
            Room::flag(true)
        };
        let list = if by_com { Room::to(u64::MAX >> (64 - apartments.clamp(1, 64))) } else { Room::default() };
        ModuleRooms { count, list, lost: Room::flag(by_com) }
    }
}

impl ClassRooms {
    pub(super) fn new(program: &Program, facts: &Facts, class: u8) -> Self {
        let described = &program.classes[usize::from(class)];
        let start = crate::step::initial(program).class_objects[usize::from(class)];
        let registers = facts.registered.contains(&class);
        let ever = registers || start.phase == ClassObjectPhase::Registered;
        let contexts = program.contexts.iter().enumerate().filter(|(_, context)| {
            facts.together || program.apartments[usize::from(context.apartment)].process == described.process
        });
        ClassRooms {
            phase: phases(ClassObjectPhase::ALL, |phase| {
                start.phase == phase || ever && (phase != ClassObjectPhase::Suspended || facts.suspends)
            }),
            context: List::new(
                contexts.filter(|_| registers).map(|(id, _)| id as u16).chain([u16::from(start.context)]),
            ),
            pending: if facts.activated.contains(&class) { Room::to(program.bounds.calls) } else { Room::default() },
            stale: Room::flag(described.module.is_some()),
        }
    }
}
