//! What a step can read or write, one by one: which items differ in two states, and an item with another value that it could have.

use model::assumed;
use model::bounds::ARGUMENTS_MAX;
use model::lifecycle::call::CallPhase;
use model::lifecycle::thread::ThreadPhase;
use model::pack::range;
use model::program::{Program, Ty};
use model::reduce::Kind;
use model::state::{CallKind, ConditionState, SectionState, SrwState, State};

/// Something that a step can read or write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// A row of a table. That of a thread has its frames, without their slots; that of an object is without its fields.
    Row(Kind, usize),
    /// A slot of a thread, by its index in the table.
    Slot(usize),
    /// A field of an object, by its index in the table.
    Field(usize),
    /// An argument of a call. It is a part of the call's row, too.
    Argument(usize, usize),
}

/// What an item holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    Cell(i8),
    Event(bool),
    Section(SectionState),
    Srw(SrwState),
    Condition(ConditionState),
    /// Of a thread that does not run: it has ended.
    Ended(bool),
}

/// A slot of a frame on a stack.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    pub thread: usize,
    pub frame: usize,
    pub function: usize,
    pub number: u8,
    /// Its index in the table.
    pub index: usize,
}

/// The slots of all frames.
pub fn slots(program: &Program, state: &State) -> Vec<Slot> {
    let mut found = Vec::new();
    for thread in 0..program.threads.len() {
        let mut index = thread * usize::from(program.bounds.slots);
        for (level, frame) in state.stack(program, thread).iter().enumerate() {
            let function = usize::from(frame.function);
            for number in 0..program.functions[function].slots.len() {
                found.push(Slot { thread, frame: level, function, number: number as u8, index });
                index += 1;
            }
        }
    }
    found
}

/// The items that are not the same in two states.
pub fn changed(program: &Program, before: &State, after: &State) -> Vec<Item> {
    let mut rows = assumed::changed(before, after);
    let frames = usize::from(program.bounds.frames);
    for thread in 0..program.threads.len() {
        let own = thread * frames..(thread + 1) * frames;
        if before.frames[own.clone()] != after.frames[own] && !rows.contains(&(Kind::Thread, thread)) {
            rows.push((Kind::Thread, thread));
        }
    }
    let cells = |old: &[i8], new: &[i8]| {
        old.iter().zip(new).enumerate().filter(|(_, (old, new))| old != new).map(|(index, _)| index).collect::<Vec<_>>()
    };
    let slots = cells(&before.slots, &after.slots).into_iter().map(Item::Slot);
    let fields = cells(&before.fields, &after.fields).into_iter().map(Item::Field);
    rows.into_iter().map(|(kind, number)| Item::Row(kind, number)).chain(slots).chain(fields).collect()
}

/// The arguments of all calls.
pub fn arguments(state: &State) -> impl Iterator<Item = Item> {
    let calls = 0..state.calls.len();
    calls.flat_map(|call| (0..ARGUMENTS_MAX).map(move |number| Item::Argument(call, number)))
}

/// What an item holds, if it is one that can be given another value.
pub fn get(state: &State, item: Item) -> Option<Value> {
    match item {
        Item::Slot(index) => Some(Value::Cell(state.slots[index])),
        Item::Field(index) => Some(Value::Cell(state.fields[index])),
        Item::Row(Kind::Global, number) => Some(Value::Cell(state.globals[number])),
        Item::Row(Kind::Event, number) => Some(Value::Event(state.events[number])),
        Item::Row(Kind::Section, number) => Some(Value::Section(state.sections[number])),
        Item::Row(Kind::Srw, number) => Some(Value::Srw(state.srws[number])),
        Item::Row(Kind::Condition, number) => Some(Value::Condition(state.conditions[number])),
        Item::Row(Kind::Thread, number) => match *state.threads[number].phase {
            ThreadPhase::Running => None,
            phase @ (ThreadPhase::Absent | ThreadPhase::Ended) => Some(Value::Ended(phase == ThreadPhase::Ended)),
        },
        Item::Argument(call, number) => Some(Value::Cell(state.calls[call].arguments[number])),
        Item::Row(..) => None,
    }
}

/// Gives an item another value.
pub fn set(state: &mut State, item: Item, value: Value) {
    match (item, value) {
        (Item::Slot(index), Value::Cell(cell)) => state.slots[index] = cell,
        (Item::Field(index), Value::Cell(cell)) => state.fields[index] = cell,
        (Item::Row(Kind::Global, number), Value::Cell(cell)) => state.globals[number] = cell,
        (Item::Row(Kind::Event, number), Value::Event(is_set)) => state.events[number] = is_set,
        (Item::Row(Kind::Section, number), Value::Section(row)) => state.sections[number] = row,
        (Item::Row(Kind::Srw, number), Value::Srw(row)) => state.srws[number] = row,
        (Item::Row(Kind::Condition, number), Value::Condition(row)) => state.conditions[number] = row,
        (Item::Argument(call, number), Value::Cell(cell)) => state.calls[call].arguments[number] = cell,
        (Item::Row(Kind::Thread, number), Value::Ended(ended)) => {
            model::assumed::end_thread(state, number, ended);
        }
        (_, value) => unreachable!("{item:?} does not hold {value:?}"),
    }
}

/// Another value of a cell of this type. Interface pointers have none: that a cell holds one keeps a place taken.
fn other_cell(program: &Program, ty: Ty, value: i8, salt: u64) -> Option<Value> {
    if ty.is_pointer() {
        return None;
    }
    let (low, high) = range(program, ty);
    let count = high - low;
    if count < 1 {
        return None;
    }
    let offset = 1 + (salt % count as u64) as i64;
    let wanted = low + (i64::from(value) - low + offset).rem_euclid(count + 1);
    (wanted != i64::from(value)).then_some(Value::Cell(wanted as i8))
}

/// Another value that the item could have. A lock is never given to, or taken from, the thread `but`.
pub fn other(program: &Program, state: &State, item: Item, but: Option<usize>, salt: u64) -> Option<Value> {
    let stranger = |process: Option<u8>| {
        let mut others = (0..program.threads.len()).filter(|thread| {
            Some(*thread) != but && process.is_none_or(|process| program.threads[*thread].process == process)
        });
        let count = others.clone().count().max(1);
        others.nth((salt % count as u64) as usize).map(|thread| thread as u8)
    };
    let of_but = |thread: Option<u8>| thread.is_some() && thread.map(usize::from) == but;
    match item {
        Item::Slot(index) => {
            let slot = slots(program, state).into_iter().find(|slot| slot.index == index)?;
            let function = &program.functions[slot.function];
            if function.context_slots().any(|kept| kept == slot.number) {
                let count = program.contexts.len() as i8;
                return (count > 1).then(|| Value::Cell((state.slots[index] + 1).rem_euclid(count)));
            }
            other_cell(program, function.slots[usize::from(slot.number)].ty, state.slots[index], salt)
        }
        Item::Field(index) => {
            let each = State::fields_each(program);
            let class = &program.classes[usize::from(state.objects[index / each].class)];
            other_cell(program, class.fields.get(index % each)?.ty, state.fields[index], salt)
        }
        Item::Row(Kind::Global, number) => other_cell(program, program.globals[number].ty, state.globals[number], salt),
        Item::Row(Kind::Event, number) => Some(Value::Event(!state.events[number])),
        Item::Row(Kind::Section, number) => match state.sections[number].owner {
            owner if of_but(owner) => None,
            Some(_) => Some(Value::Section(SectionState::default())),
            None => stranger(program.sections[number].process)
                .map(|owner| Value::Section(SectionState { owner: Some(owner), depth: 1 })),
        },
        Item::Row(Kind::Srw, number) => {
            let row = state.srws[number];
            let shared = but.is_some_and(|but| row.shared & (1 << but) != 0);
            match row.owner {
                owner if of_but(owner) || shared => None,
                Some(_) => Some(Value::Srw(SrwState::default())),
                None => stranger(program.srws[number].process)
                    .map(|owner| Value::Srw(SrwState { owner: Some(owner), ..SrwState::default() })),
            }
        }
        Item::Row(Kind::Condition, number) => {
            let stranger = stranger(program.conditions[number].process)?;
            let sleeping = state.conditions[number].sleeping ^ 1 << stranger;
            Some(Value::Condition(ConditionState { sleeping }))
        }
        // threads of a pool come and go
        Item::Row(Kind::Thread, number) if program.threads[number].body.is_none() || Some(number) == but => None,
        Item::Row(Kind::Thread, number) => match *state.threads[number].phase {
            ThreadPhase::Running => None,
            phase @ (ThreadPhase::Absent | ThreadPhase::Ended) => Some(Value::Ended(phase == ThreadPhase::Absent)),
        },
        Item::Argument(call, number) => {
            let row = state.calls[call];
            let carries = matches!(row.kind, CallKind::Method | CallKind::Own) && row.phase != CallPhase::Absent;
            let template = program.templates.get(usize::from(row.template)).filter(|_| carries)?;
            let ty = template.methods.get(usize::from(row.method))?.parameters.get(number)?;
            other_cell(program, *ty, row.arguments[number], salt)
        }
        Item::Row(..) => None,
    }
}

/// An item in words.
pub fn told(program: &Program, item: Item) -> String {
    match item {
        Item::Row(Kind::Global, number) => format!("variable {}", program.globals[number].name),
        Item::Row(Kind::Event, number) => format!("event {}", program.events[number].name),
        Item::Row(Kind::Section, number) => format!("critical section {}", program.sections[number].name),
        Item::Row(Kind::Thread, number) => format!("thread {}", program.threads[number].name),
        Item::Row(kind, number) => format!("{} {number}", kind.noun()),
        Item::Argument(call, number) => format!("argument {number} of call {call}"),
        Item::Slot(index) => {
            let thread = index / usize::from(program.bounds.slots).max(1);
            format!("slot {} of {}", index % usize::from(program.bounds.slots).max(1), program.threads[thread].name)
        }
        Item::Field(index) => {
            let each = State::fields_each(program).max(1);
            format!("field {} of object {}", index % each, index / each)
        }
    }
}
