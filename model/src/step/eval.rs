//! Values: reading, computing, storing.

use super::{Part, Step};
use crate::bounds::Bound;
use crate::codes::Code;
use crate::lifecycle::class_object::ClassObjectPhase;
use crate::lifecycle::module::ModulePhase;
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::process::ProcessPhase;
use crate::lifecycle::stub::StubPhase;
use crate::lifecycle::thread::ThreadPhase;
use crate::program::{Expr, Operator, Place, Probe, Program, TemplateId, Ty};
use crate::state::{Pointee, State};

/// What [`Step::dangling`] is where a field was looked for through a null pointer, or through one to something else.
pub(super) const NO_OBJECT: u8 = u8::MAX;

/// Does a claim's condition hold? It reads only globals and probes.
pub fn claim(program: &Program, state: &State, condition: &Expr) -> bool {
    answer(program, state, condition) != 0
}

/// The value of an expression that reads only globals and probes.
pub fn answer(program: &Program, state: &State, expr: &Expr) -> i16 {
    let read = |place: Place| match place {
        Place::Global(global) => i16::from(state.globals[usize::from(global)]),
        Place::Local(_) | Place::Field(_) | Place::FieldOf { .. } => 0,
    };
    value(program, state, expr, &read, 0)
}

/// The value of an expression that reads only the slots from `base` on.
pub(super) fn of_slots(program: &Program, state: &State, expr: &Expr, base: usize) -> i16 {
    let read = |place: Place| match place {
        Place::Local(slot) => i16::from(state.slots[base + usize::from(slot)]),
        Place::Global(_) | Place::Field(_) | Place::FieldOf { .. } => 0,
    };
    value(program, state, expr, &read, 0)
}

/// Is a value in the range of a variable of this type? Only integers have ranges that the front end cannot hold.
pub(super) fn fits(ty: Ty, value: i16) -> bool {
    match ty {
        Ty::Int(low, high) => (i16::from(low)..=i16::from(high)).contains(&value),
        Ty::Void | Ty::Bool | Ty::Code | Ty::Cookie | Ty::Handle | Ty::Lock(_) | Ty::Pointer(_) | Ty::ComPtr(_) => true,
    }
}

/// Computes an expression; `read` reads a place, `chosen` is the value of `any(…)`.
fn value(program: &Program, state: &State, expr: &Expr, read: &dyn Fn(Place) -> i16, chosen: i16) -> i16 {
    let inner = |expr: &Expr| value(program, state, expr, read, chosen);
    match expr {
        Expr::Const(value) => i16::from(*value),
        Expr::Read(place) => read(*place),
        Expr::Not(e) => i16::from(inner(e) == 0),
        Expr::Negate(e) => inner(e).saturating_neg(),
        Expr::Succeeded(e) => i16::from(Code(inner(e) as i8).succeeded()),
        Expr::Binary(operator, a, b) => compute(*operator, inner(a), inner(b)),
        Expr::Choose(c, a, b) => {
            if inner(c) != 0 {
                inner(a)
            } else {
                inner(b)
            }
        }
        Expr::Any(..) => chosen,
        Expr::Probe(question) => probe(program, state, question),
    }
}

/// The value of two sides together.
pub(crate) fn compute(operator: Operator, a: i16, b: i16) -> i16 {
    match operator {
        Operator::Add => a.saturating_add(b),
        Operator::Subtract => a.saturating_sub(b),
        Operator::Equal => i16::from(a == b),
        Operator::NotEqual => i16::from(a != b),
        Operator::Less => i16::from(a < b),
        Operator::LessEqual => i16::from(a <= b),
        Operator::Greater => i16::from(a > b),
        Operator::GreaterEqual => i16::from(a >= b),
        Operator::And => i16::from(a != 0 && b != 0),
        Operator::Or => i16::from(a != 0 || b != 0),
    }
}

/// Answers a question about the run-time's state.
fn probe(program: &Program, state: &State, question: &Probe) -> i16 {
    let of = |object: u8, template: TemplateId| {
        program.is_a(program.classes[usize::from(state.objects[usize::from(object)].class)].template, template)
    };
    let stubs = |template: TemplateId| {
        state.stubs.iter().filter(move |stub| stub.phase != StubPhase::Absent && of(stub.object, template))
    };
    let yes = i16::from;
    match question {
        Probe::Loaded(module) => yes(state.modules[usize::from(*module)].phase == ModulePhase::Loaded),
        Probe::Ended(thread) => yes(state.threads.phase(usize::from(*thread)) == ThreadPhase::Ended),
        Probe::Exited(process) => yes(state.processes[usize::from(*process)] != ProcessPhase::Running),
        Probe::Alive(template) => {
            let alive = |object: &&crate::state::ObjectState| match *object.phase {
                ObjectPhase::Alive | ObjectPhase::Destroying => {
                    program.is_a(program.classes[usize::from(object.class)].template, *template)
                }
                ObjectPhase::Absent | ObjectPhase::Destroyed => false,
            };
            state.objects.iter().filter(alive).count() as i16
        }
        Probe::Connected(template) => stubs(*template).filter(|stub| stub.phase == StubPhase::Connected).count() as i16,
        Probe::Disconnecting(template) => stubs(*template)
            .filter(|stub| matches!(*stub.phase, StubPhase::Disconnecting | StubPhase::Cutting))
            .count() as i16,
        Probe::Pending(template) => stubs(*template).map(|stub| i16::from(stub.pending)).sum(),
        Probe::Packets => state.packets.iter().filter(|packet| packet.phase == PacketPhase::InFlight).count() as i16,
        Probe::IsSet(event) => yes(state.events[usize::from(*event)]),
        Probe::Registered(class) => yes(state.class_objects[usize::from(*class)].phase == ClassObjectPhase::Registered),
    }
}

impl Step<'_> {
    /// The object whose method a frame executes.
    fn this(&self, thread: usize, frame: usize) -> Option<usize> {
        let base = self.state.slot_base(self.program, thread, frame);
        match self.state.pointee(self.state.slots[base]) {
            Pointee::Object(object) => Some(object),
            Pointee::Null | Pointee::Proxy(_) => None,
        }
    }

    /// Where a field of `this` is kept.
    fn field(&self, thread: usize, frame: usize, field: u8) -> Option<(usize, usize)> {
        let object = self.this(thread, frame)?;
        Some((object, object * State::fields_each(self.program) + usize::from(field)))
    }

    /// Where a field of the object is kept at which a slot of a frame points; none if no object of the slot's class is there.
    fn field_of(&self, thread: usize, frame: usize, pointer: u8, field: u8) -> Option<(usize, usize)> {
        let base = self.state.slot_base(self.program, thread, frame);
        let Pointee::Object(object) = self.state.pointee(self.state.slots[base + usize::from(pointer)]) else {
            return None;
        };
        let function = &self.program.functions[usize::from(self.frame(thread, frame).function)];
        let class = &self.program.classes[usize::from(self.state.objects[object].class)];
        let (Ty::Pointer(wanted) | Ty::ComPtr(wanted)) = function.slots[usize::from(pointer)].ty else { return None };
        let index = object * State::fields_each(self.program) + usize::from(field);
        wanted.is_some_and(|wanted| self.program.is_a(class.template, wanted)).then_some((object, index))
    }

    /// Reads a place.
    pub(crate) fn read(&mut self, thread: usize, frame: usize, place: Place) -> i16 {
        match place {
            Place::Local(slot) => {
                let base = self.state.slot_base(self.program, thread, frame);
                i16::from(self.state.slots[base + usize::from(slot)])
            }
            Place::Global(global) => {
                self.reach(self.program.globals[usize::from(global)].module);
                i16::from(self.state.globals[usize::from(global)])
            }
            Place::Field(field) => match self.field(thread, frame, field) {
                Some((object, index)) => {
                    self.touch(object);
                    i16::from(self.state.fields[index])
                }
                None => 0,
            },
            Place::FieldOf { pointer, field } => match self.field_of(thread, frame, pointer, field) {
                Some((object, index)) => {
                    self.touch(object);
                    i16::from(self.state.fields[index])
                }
                None => self.touch_nothing(),
            },
        }
    }

    /// Remembers that a field was looked for where no object is that has it.
    fn touch_nothing(&mut self) -> i16 {
        self.dangling = Some(NO_OBJECT);
        0
    }

    /// Remembers that a destroyed object was touched.
    fn touch(&mut self, object: usize) {
        if self.state.objects[object].phase == ObjectPhase::Destroyed {
            self.dangling = Some(object as u8);
        }
    }

    /// Computes an expression in a frame.
    pub(crate) fn eval(&mut self, thread: usize, frame: usize, expr: &Expr) -> Part<i16> {
        // most expressions are a constant or a place
        match expr {
            Expr::Const(value) => return Ok(i16::from(*value)),
            Expr::Read(place) => return Ok(self.read(thread, frame, *place)),
            Expr::Not(_)
            | Expr::Negate(_)
            | Expr::Binary(..)
            | Expr::Choose(..)
            | Expr::Succeeded(_)
            | Expr::Any(..)
            | Expr::Probe(_) => {}
        }
        let function = usize::from(self.frame(thread, frame).function);
        let pc = usize::from(self.frame(thread, frame).pc);
        if let Some((low, high)) = crate::event::choice_of(&self.program.functions[function].code[pc]) {
            // a choice outside the range of this `any` is no event
            if !(low..=high).contains(&self.choice) {
                return Err(super::Refusal::Absent);
            }
            self.chosen = true;
        }
        let base = self.state.slot_base(self.program, thread, frame);
        let touched = std::cell::Cell::new(None);
        let reached = std::cell::Cell::new(None);
        let missed = std::cell::Cell::new(false);
        let program = self.program;
        let state = &self.state;
        let read = |place: Place| match place {
            Place::Local(slot) => i16::from(state.slots[base + usize::from(slot)]),
            Place::Global(global) => {
                reached.set(program.globals[usize::from(global)].module.or(reached.get()));
                i16::from(state.globals[usize::from(global)])
            }
            Place::Field(field) => match self.field(thread, frame, field) {
                Some((object, index)) => {
                    touched.set(Some(object));
                    i16::from(state.fields[index])
                }
                None => 0,
            },
            Place::FieldOf { pointer, field } => match self.field_of(thread, frame, pointer, field) {
                Some((object, index)) => {
                    // of several objects the one that is gone
                    if state.objects[object].phase == ObjectPhase::Destroyed || touched.get().is_none() {
                        touched.set(Some(object));
                    }
                    i16::from(state.fields[index])
                }
                None => {
                    missed.set(true);
                    0
                }
            },
        };
        let result = value(self.program, state, expr, &read, i16::from(self.choice));
        if let Some(object) = touched.get() {
            self.touch(object);
        }
        if missed.get() {
            self.touch_nothing();
        }
        self.reach(reached.get());
        Ok(result)
    }

    /// The type of a place.
    pub(crate) fn type_of(&self, thread: usize, frame: usize, place: Place) -> Ty {
        match place {
            Place::Local(slot) => {
                let function = usize::from(self.frame(thread, frame).function);
                self.program.functions[function].slots[usize::from(slot)].ty
            }
            Place::Global(global) => self.program.globals[usize::from(global)].ty,
            Place::Field(field) => match self.this(thread, frame) {
                Some(object) => {
                    let class = usize::from(self.state.objects[object].class);
                    self.program.classes[class].fields[usize::from(field)].ty
                }
                None => Ty::Void,
            },
            Place::FieldOf { pointer, field } => {
                let function = &self.program.functions[usize::from(self.frame(thread, frame).function)];
                self.program.field_of(function, pointer, field).map_or(Ty::Void, |field| field.ty)
            }
        }
    }

    /// Stores a value in a place; an integer outside its variable's range is cut by a bound.
    pub(crate) fn store(&mut self, thread: usize, frame: usize, place: Place, value: i16) -> Part {
        let ty = self.type_of(thread, frame, place);
        self.within(Bound::Integers, fits(ty, value))?;
        let value = if ty == Ty::Bool { i8::from(value != 0) } else { value as i8 };
        match place {
            Place::Local(slot) => {
                let base = self.state.slot_base(self.program, thread, frame);
                self.state.slots[base + usize::from(slot)] = value;
            }
            Place::Global(global) => {
                self.reach(self.program.globals[usize::from(global)].module);
                self.state.globals[usize::from(global)] = value;
            }
            Place::Field(field) => {
                if let Some((object, index)) = self.field(thread, frame, field) {
                    self.touch(object);
                    self.state.fields[index] = value;
                }
            }
            Place::FieldOf { pointer, field } => match self.field_of(thread, frame, pointer, field) {
                // the memory is somebody else's by now
                Some((object, index)) if self.state.objects[object].phase != ObjectPhase::Destroyed => {
                    self.state.fields[index] = value;
                }
                Some((object, _)) => self.touch(object),
                None => {
                    self.touch_nothing();
                }
            },
        }
        Ok(())
    }

    /// What a pointer expression points at.
    pub(crate) fn pointee(&mut self, thread: usize, frame: usize, expr: &Expr) -> Part<Pointee> {
        let cell = self.eval(thread, frame, expr)?;
        Ok(self.state.pointee(cell as i8))
    }
}
