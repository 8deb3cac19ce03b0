//! What a thread's stack needs, found from the code: the default of the bounds `frames` and `slots`.
//!
//! The longest way through what can push a frame onto what: calls, constructors and destructors, posted work, and what an STA dispatches
//! while it waits. Each dispatched frame has a call of its own and each constructor or destructor an object of its own, so that the bounds
//! `calls` and `objects` end those ways; a function that calls itself has no end, and neither has posted work that waits for posted work.
//! It is a default and no proof: an event that needs more is cut and counted as ever.

use std::collections::{BTreeMap, BTreeSet};

use crate::bounds::Bounds;
use crate::operation::Does;
use crate::operation::operand::Intake;
use crate::pack::may_serve;
use crate::program::{Api, Class, Counting, Expr, FunctionId, Op, Place, Program, Server, Ty, builtin};
use crate::reduce::Kind;
use crate::state::FrameKind;
use crate::step::apartments::enters_late;

/// What may be on a stack: a function, and how it got there.
type Entry = (FunctionId, FrameKind);

/// The room for one thread's stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// Frames.
    pub frames: usize,
    /// Local slots.
    pub slots: usize,
}

impl Stack {
    /// Room for either.
    fn or(self, other: Stack) -> Stack {
        Stack { frames: self.frames.max(other.frames), slots: self.slots.max(other.slots) }
    }
}

/// What the stack that needs most needs.
pub fn stack(program: &Program) -> Stack {
    (0..program.threads.len()).map(|thread| Ways::new(program, thread).most()).fold(Stack::default(), Stack::or)
}

/// The ways up one thread's stack.
struct Ways<'a> {
    program: &'a Program,
    thread: usize,
    /// The methods of its process by name.
    methods: BTreeMap<&'a str, Vec<FunctionId>>,
    /// What other threads can make it execute: it is an STA's, or one of the pool.
    incoming: Vec<Entry>,
    /// It dispatches while it waits.
    pumps: bool,
    /// What an entry can push.
    pushes: BTreeMap<Entry, Vec<Entry>>,
    /// The room for an entry, with so many calls and objects left; none while it is being found.
    known: BTreeMap<(Entry, u8, u8), Option<Stack>>,
    /// How many questions may still be asked.
    patience: u32,
}

/// How many questions are asked about one thread, so that no text takes long.
const PATIENCE: u32 = 50_000;

impl<'a> Ways<'a> {
    fn new(program: &'a Program, thread: usize) -> Self {
        let mut ways = Ways {
            program,
            thread,
            methods: BTreeMap::new(),
            incoming: Vec::new(),
            pumps: false,
            pushes: BTreeMap::new(),
            known: BTreeMap::new(),
            patience: PATIENCE,
        };
        let mut methods: BTreeMap<&str, Vec<FunctionId>> = BTreeMap::new();
        for class in ways.classes() {
            let described = &program.templates[usize::from(class.template)].methods;
            for (function, method) in class.methods.iter().zip(described) {
                methods.entry(&method.name).or_default().push(*function);
            }
        }
        ways.methods = methods;
        ways.incoming = ways.incoming();
        ways.pumps = program.apartments.iter().any(|apartment| apartment.thread == Some(thread as u8));
        ways
    }

    fn classes(&self) -> impl Iterator<Item = &'a Class> {
        let process = self.program.threads[self.thread].process;
        self.program.classes.iter().filter(move |class| class.process == process)
    }

    fn incoming(&self) -> Vec<Entry> {
        let mut all = Vec::new();
        if self.program.threads.iter().filter(|thread| thread.body.is_some()).count() < 2 {
            return all;
        }
        let ops = self.program.functions.iter().flat_map(|function| &function.code);
        let called: BTreeSet<&str> = ops.filter_map(|op| self.method_name(op)).collect();
        let named = called.iter().filter_map(|name| self.methods.get(name)).flatten();
        all.extend(named.map(|function| (*function, FrameKind::Dispatched)));
        if self.classes().next().is_some() {
            all.push((builtin::REM_RELEASE, FrameKind::Dispatched));
            all.push((builtin::CLEAN_UP, FrameKind::CleanUp));
        }
        if self.classes().any(|class| class.server == Server::Local) {
            all.push((builtin::ACTIVATE, FrameKind::Dispatched));
        }
        all
    }

    fn method_name(&self, op: &Op) -> Option<&'a str> {
        let Op::Method { template, method, .. } = op else { return None };
        Some(&self.program.templates[usize::from(*template)].methods[usize::from(*method)].name)
    }

    fn most(&mut self) -> Stack {
        // more than the usual number of either nests only in code that is written for it
        let usual = Bounds::default();
        let calls = self.program.bounds.calls.min(usual.calls);
        let objects = self.program.bounds.objects.min(usual.objects);
        match self.program.threads[self.thread].body {
            Some(body) => {
                let late = Stack { frames: 1 + usize::from(enters_late(self.program, self.thread)), slots: 0 };
                let mut most = self.above((body, FrameKind::Thread), calls, objects, 1).or(late);
                let ends = self.program.loader_ends(self.program.threads[self.thread].process);
                let leaves = if ends.is_empty() { None } else { Some(builtin::LEAVE) };
                for function in ends.into_iter().chain(leaves) {
                    most = most.or(self.above((function, FrameKind::Thread), calls, objects, 1));
                }
                most
            }
            None => {
                let bottom = self.incoming.clone().into_iter();
                let ways = bottom.map(|entry| self.above(entry, calls.saturating_sub(1), objects, 1));
                ways.fold(Stack::default(), Stack::or)
            }
        }
    }

    /// The room for a frame and what can be above, with so many calls and objects left; it is so many frames up already.
    fn above(&mut self, entry: Entry, calls: u8, objects: u8, height: u8) -> Stack {
        self.patience = self.patience.saturating_sub(1);
        match self.known.get(&(entry, calls, objects)) {
            Some(Some(known)) => return *known,
            Some(None) => return Stack::default(),
            None => {}
        }
        if height > Bounds::ceiling("frames") || self.patience == 0 {
            return Stack::default();
        }
        self.known.insert((entry, calls, objects), None);
        let mut most = Stack::default();
        for next in self.pushes(entry) {
            let (calls, objects) = match next.1 {
                FrameKind::Dispatched | FrameKind::CleanUp => (calls.checked_sub(1), Some(objects)),
                // an object is counted for another one, or destroyed: each is a step up, and the number of objects ends it
                FrameKind::Constructor
                | FrameKind::Destructor
                | FrameKind::Counting
                | FrameKind::Connecting
                | FrameKind::Disconnecting => (Some(calls), objects.checked_sub(1)),
                FrameKind::Thread | FrameKind::Called | FrameKind::Making | FrameKind::Posted => {
                    (Some(calls), Some(objects))
                }
            };
            if let (Some(calls), Some(objects)) = (calls, objects) {
                most = most.or(self.above(next, calls, objects, height + 1));
            }
        }
        let own = self.program.functions[usize::from(entry.0)].slots.len();
        let all = Stack { frames: most.frames + 1, slots: most.slots + own };
        self.known.insert((entry, calls, objects), Some(all));
        all
    }

    fn pushes(&mut self, entry: Entry) -> Vec<Entry> {
        if let Some(known) = self.pushes.get(&entry) {
            return known.clone();
        }
        let mut all = Vec::new();
        for op in &self.program.functions[usize::from(entry.0)].code {
            self.pushed(entry.0, op, &mut all);
        }
        // the first AddRef of an activation is behind the constructor
        let first = |class: &&Class| class.counting.is_some_and(|counting| counting.add_reference == entry.0);
        let constructors = self.classes().filter(first).filter_map(|class| class.constructor);
        all.extend(constructors.map(|function| (function, FrameKind::Constructor)));
        all.sort_unstable();
        all.dedup();
        self.pushes.insert(entry, all.clone());
        all
    }

    /// What an operation of a function can push.
    fn pushed(&self, function: FunctionId, op: &Op, all: &mut Vec<Entry>) {
        let constructor = |class: usize| self.program.classes[class].constructor;
        match op {
            Op::Call(called, _, _) => all.push((*called, FrameKind::Called)),
            Op::New(class, _) => {
                if self.program.constructor_answers(usize::from(*class)) {
                    self.destructors(Some(self.program.classes[usize::from(*class)].template), all);
                }
                all.extend(constructor(usize::from(*class)).map(|function| (function, FrameKind::Constructor)));
            }
            Op::Construct => all.extend(
                self.classes()
                    .filter(|class| class.server == Server::Local)
                    .filter_map(|class| class.constructor)
                    .map(|function| (function, FrameKind::Constructor)),
            ),
            Op::Method { .. } => {
                let named = self.method_name(op).and_then(|name| self.methods.get(name));
                all.extend(named.into_iter().flatten().map(|function| (*function, FrameKind::Called)));
            }
            Op::Release(Expr::Read(place)) | Op::Drop(place) => self.destructors(self.class_of(function, *place), all),
            Op::Release(_) | Op::Delete(_) | Op::RemRelease | Op::CleanUp => self.destructors(None, all),
            // an activation that is refused releases what it has made, and a method what it was lent
            Op::Return(_) if function == builtin::ACTIVATE || self.borrows(function) => self.destructors(None, all),
            Op::Api(api, _) => {
                if let (Some(class), true) = (api.named(Kind::Class), api.row().may(Does::Constructs)) {
                    let made = self.program.made_with(class).filter_map(|made| made.constructor);
                    all.extend(made.map(|function| (function, FrameKind::Constructor)));
                    let creates = self.program.made_with(class).filter_map(|made| made.creates);
                    all.extend(creates.map(|function| (function, FrameKind::Making)));
                    let let_go = self.program.made_with(class).skip(usize::from(!self.program.refuses(api)));
                    let let_go = let_go.filter_map(|made| made.destructor);
                    all.extend(let_go.map(|function| (function, FrameKind::Destructor)));
                }
                self.by_call(api, all);
            }
            Op::Set(..)
            | Op::Branch(..)
            | Op::Jump(_)
            | Op::Forget(..)
            | Op::Return(_)
            | Op::Assert(_)
            | Op::AddRef(_)
            | Op::NeverAnswers
            | Op::QueryInterface(..) => {}
        }
        if self.program.counts && counts(op) {
            let counting = self.classes().filter_map(|class| class.counting).flat_map(Counting::frames);
            all.extend(counting);
        }
        let takes_up = matches!(op, Op::Api(api, _) if api.takes_up() != Intake::Nothing);
        let waits = takes_up || may_serve(op);
        if self.pumps && waits {
            all.extend(&self.incoming);
        }
    }

    /// Is it a method that is lent interface pointers?
    fn borrows(&self, function: FunctionId) -> bool {
        let method = self.classes().any(|class| class.methods.contains(&function));
        method && self.program.functions[usize::from(function)].slots.iter().skip(1).any(|slot| slot.ty.is_pointer())
    }

    /// What a call of the run-time can push besides what its wait dispatches.
    fn by_call(&self, api: &Api, all: &mut Vec<Entry>) {
        if api.row().may(Does::Dispatches) || api.takes_up() == Intake::Messages {
            all.extend(self.posted());
        }
        if api.row().may(Does::LetsGo) {
            self.destructors(None, all);
        }
        let loader = self.program.loader_calls(self.program.threads[self.thread].process, api);
        all.extend(loader.into_iter().map(|function| (function, FrameKind::Called)));
        // classes that marshal their objects themselves are asked in the middle
        if api.row().may(Does::AsksClasses) {
            let own = self.classes().filter(|class| self.marshals_itself(class));
            for class in own {
                all.extend(class.methods.iter().map(|function| (*function, FrameKind::Called)));
                all.extend(class.constructor.map(|function| (function, FrameKind::Constructor)));
            }
        }
    }

    /// Does the run-time ask the class's own IMarshal, or that of the classes whose objects it stands for?
    fn marshals_itself(&self, class: &Class) -> bool {
        let stands_for = |other: &Class| other.unmarshaller == Some(class.template);
        class.unmarshaller.is_some() || self.program.classes.iter().any(stands_for)
    }

    fn posted(&self) -> impl Iterator<Item = Entry> {
        let ops = self.program.functions.iter().flat_map(|function| &function.code);
        ops.filter_map(|op| {
            let Op::Api(api, _) = op else { return None };
            let function = op.function().filter(|function| *function != builtin::QUIT)?;
            (api.named(Kind::Thread) == Some(self.thread)).then_some((function, FrameKind::Posted))
        })
    }

    /// The class that a place is declared to point to.
    fn class_of(&self, function: FunctionId, place: Place) -> Option<u8> {
        let ty = match place {
            Place::Local(slot) => self.program.functions[usize::from(function)].slots.get(usize::from(slot))?.ty,
            Place::Global(global) => self.program.globals.get(usize::from(global))?.ty,
            Place::Field(field) => {
                let mut classes = self.classes();
                let class = classes.find(|class| {
                    class.methods.contains(&function)
                        || class.constructor == Some(function)
                        || class.destructor == Some(function)
                })?;
                class.fields.get(usize::from(field))?.ty
            }
            Place::FieldOf { pointer, field } => {
                self.program.field_of(&self.program.functions[usize::from(function)], pointer, field)?.ty
            }
        };
        match ty {
            Ty::Pointer(template) | Ty::ComPtr(template) => template,
            Ty::Void | Ty::Int(..) | Ty::Bool | Ty::Code | Ty::Cookie | Ty::Handle | Ty::Lock(_) => None,
        }
    }

    fn destructors(&self, template: Option<u8>, all: &mut Vec<Entry>) {
        let such = |class: &&Class| template.is_none_or(|template| self.program.is_a(class.template, template));
        let classes = self.classes().filter(such);
        all.extend(classes.filter_map(|class| class.destructor).map(|function| (function, FrameKind::Destructor)));
    }
}

/// Can an operation take or give back a reference on an object?
fn counts(op: &Op) -> bool {
    match op {
        Op::Set(..)
        | Op::Branch(..)
        | Op::Jump(_)
        | Op::Forget(..)
        | Op::Call(..)
        | Op::Assert(_)
        | Op::New(..)
        | Op::Delete(_)
        | Op::NeverAnswers => false,
        Op::Return(_)
        | Op::Method { .. }
        | Op::AddRef(_)
        | Op::Release(_)
        | Op::Drop(_)
        | Op::QueryInterface(..)
        | Op::RemRelease
        | Op::Construct
        | Op::CleanUp => true,
        Op::Api(api, _) => {
            let does =
                [Does::Makes, Does::LetsGo, Does::Constructs, Does::Unmarshals, Does::Writes, Does::LocksObjects];
            does.into_iter().any(|does| api.row().may(does))
        }
    }
}
