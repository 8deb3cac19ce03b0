//! Partial order reduction: a step touches nothing that the code of its thread is not said to touch from there on, what is said does not grow
//! while others move, and a step that is taken alone neither reads what others may write nor writes what they may touch.

use model::assumed::{Effects, Touch, Touches};
use model::lifecycle::thread::ThreadPhase;
use model::operation::Argument;
use model::program::{Op, Program};
use model::reduce::Kind;
use model::state::{FrameKind, SectionState, State};
use model::step::Step;

use super::items::{self, Item, Value, slots};
use super::{Assumption, At, Check, Mistake, alike, collection, ended, name_of, standing, take, thread_of};

/// What may be touched from a state on.
pub(super) struct Futures {
    /// By anybody.
    all: Touches,
    /// By thread: by it, by what COM may run by itself, and by calls that were sent.
    own: Vec<Touches>,
    /// By thread: by everybody else.
    others: Vec<Touches>,
}

/// Every touch that a program can have.
fn touches(program: &Program) -> Vec<Touch> {
    let mut all = vec![Touch::Create, Touch::Send, Touch::Field];
    for global in 0..program.globals.len() as u16 {
        all.extend([Touch::Read(global), Touch::Write(global)]);
    }
    for event in 0..program.events.len() as u8 {
        all.extend([Touch::Set(event), Touch::Reset(event), Touch::Await(event), Touch::Look(event)]);
    }
    for section in 0..program.sections.len() as u8 {
        all.extend([Touch::Section(section), Touch::TrySection(section)]);
    }
    all.extend((0..program.conditions.len() as u8).map(Touch::Sleep));
    for thread in 0..program.threads.len() as u8 {
        all.extend([Touch::Start(thread), Touch::Post(thread), Touch::Join(thread), Touch::Glance(thread)]);
    }
    all
}

/// What a change of an item is called among touches: one of them must have been declared. None: it is no touch.
fn written(program: &Program, thread: Option<usize>, item: Item, before: &State, after: &State) -> Option<Vec<Touch>> {
    let Item::Row(kind, number) = item else {
        // what goes with an object is no access
        let Item::Field(field) = item else { return None };
        let object = field / State::fields_each(program);
        let same = before.objects[object].phase == after.objects[object].phase;
        return same.then(|| vec![Touch::Field]);
    };
    let id = number as u8;
    let appears = || before.is_absent(kind, number) && !after.is_absent(kind, number);
    match kind {
        Kind::Global => Some(vec![Touch::Write(number as u16)]),
        Kind::Event if after.events[number] => Some(vec![Touch::Set(id)]),
        Kind::Event => Some(vec![Touch::Reset(id)]),
        Kind::Section => Some(vec![Touch::Section(id), Touch::TrySection(id)]),
        Kind::Condition => {
            let asleep = after.conditions[number].sleeping & !before.conditions[number].sleeping;
            (asleep != 0).then(|| vec![Touch::Sleep(id)])
        }
        Kind::Object | Kind::Stub | Kind::Proxy | Kind::Packet => appears().then(|| vec![Touch::Create]),
        Kind::Call => appears().then(|| vec![Touch::Send]),
        Kind::Thread => {
            let (old, new) = (before.threads[number], after.threads[number]);
            let written = program.threads[number].body.is_some();
            let starts = written && old.phase != ThreadPhase::Running && new.phase == ThreadPhase::Running;
            let work = |posted: &[u16]| posted.iter().filter(|work| **work != 0).count();
            let posts = thread != Some(number) && (work(&new.posted) > work(&old.posted) || new.quit && !old.quit);
            (starts || posts).then(|| vec![if starts { Touch::Start(id) } else { Touch::Post(id) }])
        }
        // nothing of them is told apart: steps that change them are never taken alone
        Kind::Process
        | Kind::Apartment
        | Kind::Context
        | Kind::Module
        | Kind::Class
        | Kind::Function
        | Kind::Srw
        | Kind::Stream => None,
    }
}

/// What of the variables, events and locks of a program a set of touches does not say that it is looked at.
fn unread(program: &Program, effects: &Effects, touches: &Touches) -> Vec<Item> {
    let has = |touch| effects.has(touches, touch);
    let globals = (0..program.globals.len()).filter(|id| !has(Touch::Read(*id as u16)));
    let events = (0..program.events.len()).filter(|id| !has(Touch::Await(*id as u8)) && !has(Touch::Look(*id as u8)));
    let apart = |id: &usize| !has(Touch::Section(*id as u8)) && !has(Touch::TrySection(*id as u8));
    let sections = (0..program.sections.len()).filter(apart);
    let threads = (0..program.threads.len()).filter(|id| {
        let id = *id as u8;
        ![Touch::Start(id), Touch::Join(id), Touch::Glance(id)].into_iter().any(has)
    });
    let rows = |kind, ids: Vec<usize>| ids.into_iter().map(move |id| Item::Row(kind, id));
    rows(Kind::Global, globals.collect())
        .chain(rows(Kind::Event, events.collect()))
        .chain(rows(Kind::Section, sections.collect()))
        .chain(rows(Kind::Thread, threads.collect()))
        .collect()
}

impl Check<'_> {
    pub(super) fn futures(&self, state: &State) -> Futures {
        let future = |except: u64| self.effects.future(self.declared.program, state, except);
        let threads = 0..self.program.threads.len();
        Futures {
            all: future(0),
            own: threads.clone().map(|thread| future(!(1 << thread))).collect(),
            others: threads.map(|thread| future(1 << thread)).collect(),
        }
    }

    /// A step against what was said that can be touched.
    pub(super) fn order(&mut self, at: &At<'_>, futures: &Futures) {
        let said = at.thread.map_or(&futures.all, |thread| &futures.own[thread]);
        let after = &at.did.after;
        if at.did.refusal.is_none() && !ended(at.state, after) {
            for item in items::changed(self.program, at.state, after) {
                let Some(touches) = written(self.program, at.thread, item, at.state, after) else { continue };
                self.count(Assumption::Order, Mistake::Write);
                if !touches.iter().any(|touch| self.effects.has(said, *touch)) {
                    self.report(at, Assumption::Order, Mistake::Write, items::told(self.program, item));
                }
            }
            self.does_not_grow(at, futures);
        }
        for item in self.perturb(at, &unread(self.program, &self.effects, said), at.thread) {
            self.report(at, Assumption::Order, Mistake::Read, items::told(self.program, item));
        }
        self.count(Assumption::Order, Mistake::Read);
        self.only_enables(at, said);
    }

    /// What others may touch does not become more by a step: whoever may still do something was counted before.
    fn does_not_grow(&mut self, at: &At<'_>, futures: &Futures) {
        let after = self.futures(&at.did.after);
        for (thread, (old, new)) in futures.others.iter().zip(&after.others).enumerate() {
            // what a thread starts, posts and sends itself is new to those who have not counted it
            if at.thread == Some(thread) || old.iter().zip(new).all(|(old, new)| new & !old == 0) {
                continue;
            }
            let grown = |touch: &Touch| self.effects.has(new, *touch) && !self.effects.has(old, *touch);
            if let Some(touch) = touches(self.program).into_iter().find(grown) {
                self.report(at, Assumption::Order, Mistake::Write, format!("{touch:?}, later"));
            }
        }
    }

    /// Who only waits for an event to be set, or only wants a section, can do the same where it is set, or free.
    fn only_enables(&mut self, at: &At<'_>, said: &Touches) {
        let mut given = Vec::new();
        for id in 0..self.program.events.len() as u8 {
            let waits = self.effects.has(said, Touch::Await(id)) && !self.effects.has(said, Touch::Look(id));
            if waits && !at.state.events[usize::from(id)] {
                given.push((Item::Row(Kind::Event, id.into()), Value::Event(true)));
            }
        }
        for id in 0..self.program.sections.len() as u8 {
            let wants = self.effects.has(said, Touch::Section(id)) && !self.effects.has(said, Touch::TrySection(id));
            let owner = at.state.sections[usize::from(id)].owner.map(usize::from);
            if wants && owner.is_some() && owner != at.thread {
                given.push((Item::Row(Kind::Section, id.into()), Value::Section(SectionState::default())));
            }
        }
        for id in 0..self.program.threads.len() as u8 {
            let [starts, joins, glances] =
                [Touch::Start(id), Touch::Join(id), Touch::Glance(id)].map(|touch| self.effects.has(said, touch));
            let thread = Item::Row(Kind::Thread, id.into());
            let ends = items::other(self.program, at.state, thread, at.thread, 0) == Some(Value::Ended(true));
            if joins && !starts && !glances && ends {
                given.push((thread, Value::Ended(true)));
            }
        }
        if at.did.refusal.is_some() {
            return;
        }
        for one in given {
            self.count(Assumption::Order, Mistake::Read);
            let mut other = at.state.clone();
            items::set(&mut other, one.0, one.1);
            if !alike(&at.did, &take(self.program, &other, &at.event), &[one]) {
                let item = format!("{} is looked at", items::told(self.program, one.0));
                self.report(at, Assumption::Order, Mistake::Read, item);
            }
        }
    }

    /// The steps that are taken alone.
    pub(super) fn ample_steps(&mut self, state: &State, futures: &Futures) {
        for thread in 0..self.program.threads.len() {
            let mut step = Step::new(self.program, state.clone());
            let Some(ample) = &self.ample else { return };
            if !ample.advance(&mut step, thread as u8, &mut |_| true) {
                continue;
            }
            let Some((frame, op)) = standing(self.declared.program, state, thread) else { continue };
            let event = model::event::Event::Run { thread: thread as u8, choice: 0 };
            let did = take(self.program, state, &event);
            let operation = standing(self.program, state, thread).map(|(_, op)| name_of(op)).unwrap_or_default();
            let at = At { state, event, thread: Some(thread), did, operation };
            self.count(Assumption::Order, Mistake::Row);
            for item in items::changed(self.program, state, &at.did.after) {
                if !self.is_argued(&at, thread, frame.origin.parts().0, op, item) {
                    self.report(&at, Assumption::Order, Mistake::Row, items::told(self.program, item));
                }
                if self.is_theirs(item, &futures.others[thread]) {
                    self.report(&at, Assumption::Order, Mistake::Write, items::told(self.program, item));
                }
            }
            for item in self.perturb_theirs(&at, &futures.others[thread], thread) {
                self.report(&at, Assumption::Order, Mistake::Read, items::told(self.program, item));
            }
            self.commutes(&at, thread);
        }
    }

    /// A step that is taken alone and any event of others lead to the same, whichever comes first.
    fn commutes(&mut self, at: &At<'_>, thread: usize) {
        let process = usize::from(self.program.threads[thread].process);
        for event in self.events.clone() {
            let first = take(self.program, at.state, &event);
            if thread_of(&event) == Some(thread) || first.refusal.is_some() {
                continue;
            }
            let second = take(self.program, &at.did.after, &event);
            // what the step has done goes with its process
            let gone = first.after.processes[process] != at.state.processes[process];
            let alike = second.refusal.is_none() && second.after.breach == first.after.breach && {
                let last = take(self.program, &first.after, &at.event);
                first.after.breach.is_some() || gone || last.refusal.is_none() && last.after == second.after
            };
            if !alike {
                let other = thread_of(&event).and_then(|other| standing(self.program, at.state, other));
                let other = other.map_or_else(|| format!("{event:?}"), |(_, op)| name_of(op));
                self.report(at, Assumption::Order, Mistake::Write, format!("what {other} of another touches"));
            }
        }
    }

    /// Is it argued in `ample/rules.rs` that a step with this operation may change the item?
    fn is_argued(&self, at: &At<'_>, thread: usize, kind: FrameKind, op: &Op, item: Item) -> bool {
        let Item::Row(changed, number) = item else {
            // its own slots
            return slots(self.program, at.state)
                .into_iter()
                .chain(slots(self.program, &at.did.after))
                .any(|slot| item == Item::Slot(slot.index) && slot.thread == thread);
        };
        let own = changed == Kind::Thread && number == thread;
        let freed = at.did.after.is_absent(changed, number) && collection::is_spent(at.state, changed, number);
        let variable = changed == Kind::Global;
        let names = |kind| matches!(op, Op::Api(api, _) if changed == kind && api.named(kind) == Some(number));
        let of_answer = matches!(changed, Kind::Call | Kind::Proxy | Kind::Stub);
        let argued = match op {
            Op::Set(..) | Op::Branch(..) | Op::Assert(_) | Op::Call(..) => false,
            // a thread that ends leaves its apartment
            Op::Return(_) => kind == FrameKind::Thread && changed == Kind::Apartment,
            Op::Method { .. } | Op::Release(_) | Op::Drop(_) | Op::RemRelease => of_answer,
            Op::Api(api, _) => match api.row().ample {
                Argument::Never => false,
                Argument::Answer => of_answer,
                Argument::Sets => names(Kind::Event),
                Argument::Enters | Argument::Leaves => names(Kind::Section),
                // what is there stays, and nobody is woken
                Argument::Ready | Argument::Wakes | Argument::Variables => false,
            },
            Op::Jump(_)
            | Op::Forget(..)
            | Op::New(..)
            | Op::AddRef(_)
            | Op::Delete(_)
            | Op::QueryInterface(..)
            | Op::Construct
            | Op::NeverAnswers
            | Op::CleanUp => false,
        };
        own || freed || variable || argued
    }

    /// May somebody else write the item, or look at it?
    fn is_theirs(&self, item: Item, theirs: &Touches) -> bool {
        let has = |touch| self.effects.has(theirs, touch);
        match item {
            Item::Row(Kind::Global, id) => has(Touch::Read(id as u16)) || has(Touch::Write(id as u16)),
            // who waits for it is only enabled
            Item::Row(Kind::Event, id) => has(Touch::Reset(id as u8)) || has(Touch::Look(id as u8)),
            Item::Row(Kind::Section, id) => has(Touch::TrySection(id as u8)),
            Item::Row(..) | Item::Slot(_) | Item::Field(_) | Item::Argument(..) => false,
        }
    }

    /// Does to a step that is taken alone what others may do before. Gives what it reads of that.
    fn perturb_theirs(&mut self, at: &At<'_>, theirs: &Touches, thread: usize) -> Vec<Item> {
        let has = |touch| self.effects.has(theirs, touch);
        let globals = (0..self.program.globals.len()).filter(|id| has(Touch::Write(*id as u16)));
        let events = (0..self.program.events.len()).filter(|id| {
            let touch = if at.state.events[*id] { Touch::Reset(*id as u8) } else { Touch::Set(*id as u8) };
            has(touch)
        });
        let wanted = |id: &usize| has(Touch::Section(*id as u8)) || has(Touch::TrySection(*id as u8));
        let sections = (0..self.program.sections.len()).filter(wanted);
        let sleepers = (0..self.program.conditions.len()).filter(|id| has(Touch::Sleep(*id as u8)));
        let mut items: Vec<Item> = globals.map(|id| Item::Row(Kind::Global, id)).collect();
        items.extend(events.map(|id| Item::Row(Kind::Event, id)));
        items.extend(sections.map(|id| Item::Row(Kind::Section, id)));
        items.extend(sleepers.map(|id| Item::Row(Kind::Condition, id)));
        items.extend(
            slots(self.program, at.state)
                .iter()
                .filter(|slot| slot.thread != thread)
                .map(|slot| Item::Slot(slot.index)),
        );
        self.perturb(at, &items, Some(thread))
    }
}
