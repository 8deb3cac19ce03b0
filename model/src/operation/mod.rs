//! What a thread executes: values, operations of the language, calls of the run-time.
//!
//! Plain data, made by the lowering and read by `step`. Indices are those of [`crate::program`].
//!
//! - `rows`: every call of the run-time, one row each;
//! - `calls`: what is made of the rows ([`Api`], [`Row`]), and the words in which they describe a call;
//! - `operand`: the roles of operands ([`Use`]). What an operation reads, writes and names is a fold over them ([`Op::visit`]).

mod calls;
pub mod operand;
mod rows;
mod rows_atomics;

pub use calls::{Api, Argument, Does, Gives, Row, Waits};
pub use operand::{Iid, Operand, Use};
pub(crate) use rows::calls_of_the_run_time;
pub(crate) use rows_atomics::and_atomic_operations;

use crate::program::{ClassId, FunctionId, GlobalId, ModuleId, ProcessId, Program, SyncId, TemplateId, ThreadId, Ty};
use crate::reduce::Kind;
use crate::state::Stop;

/// Where a value can be put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A slot of the running frame.
    Local(u8),
    /// A global cell.
    Global(GlobalId),
    /// A field of `this`.
    Field(u8),
    /// A field of the object at which a slot of the running frame points.
    FieldOf {
        /// The slot.
        pointer: u8,
        /// The field.
        field: u8,
    },
}

impl Place {
    /// The place under a renaming of what is declared.
    pub fn renamed(self, name: &mut impl FnMut(Kind, usize) -> usize) -> Place {
        match self {
            Place::Local(_) | Place::Field(_) | Place::FieldOf { .. } => self,
            Place::Global(global) => Place::Global(name(Kind::Global, global.into()) as GlobalId),
        }
    }
}

/// A value to compute. Reading a `Global`, a `Field` or a probe touches shared state; `Any` chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// A constant (a null pointer is 0).
    Const(i8),
    /// A place.
    Read(Place),
    /// `!e`
    Not(Box<Expr>),
    /// `-e`
    Negate(Box<Expr>),
    /// `a op b`
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `c ? a : b`
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `SUCCEEDED(e)`
    Succeeded(Box<Expr>),
    /// `any(low, high)`: the event chooses. At most one in a statement.
    Any(i8, i8),
    /// A question about the run-time's state.
    Probe(Probe),
}

impl Expr {
    /// Visits the expression and the ones inside it.
    pub fn visit(&self, visit: &mut impl FnMut(&Expr)) {
        visit(self);
        match self {
            Expr::Not(e) | Expr::Negate(e) | Expr::Succeeded(e) => e.visit(visit),
            Expr::Binary(_, a, b) => {
                a.visit(visit);
                b.visit(visit);
            }
            Expr::Choose(c, a, b) => {
                c.visit(visit);
                a.visit(visit);
                b.visit(visit);
            }
            Expr::Const(_) | Expr::Read(_) | Expr::Any(..) | Expr::Probe(_) => {}
        }
    }

    /// The expression under a renaming of what is declared.
    pub fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Expr {
        match self {
            Expr::Const(value) => Expr::Const(*value),
            Expr::Read(from) => Expr::Read(from.renamed(name)),
            Expr::Not(e) => Expr::Not(Box::new(e.renamed(name))),
            Expr::Negate(e) => Expr::Negate(Box::new(e.renamed(name))),
            Expr::Binary(operator, a, b) => {
                Expr::Binary(*operator, Box::new(a.renamed(name)), Box::new(b.renamed(name)))
            }
            Expr::Choose(c, a, b) => {
                Expr::Choose(Box::new(c.renamed(name)), Box::new(a.renamed(name)), Box::new(b.renamed(name)))
            }
            Expr::Succeeded(e) => Expr::Succeeded(Box::new(e.renamed(name))),
            Expr::Any(low, high) => Expr::Any(*low, *high),
            Expr::Probe(probe) => Expr::Probe(probe.renamed(name)),
        }
    }
}

/// Operators of [`Expr::Binary`]; both sides are computed (the lowering turns `&&`, `||` with calls into branches).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Questions about the run-time's state that a claim may ask. Each gives 0 or 1,
/// except the counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// `loaded(module)`
    Loaded(ModuleId),
    /// `ended(thread)`
    Ended(ThreadId),
    /// `exited(process)`: it is gone, by exit or crash.
    Exited(ProcessId),
    /// `alive(Class)`: how many objects of the class are not destroyed.
    Alive(TemplateId),
    /// `connected(Class)`: how many stub managers of its objects are connected.
    Connected(TemplateId),
    /// `disconnecting(Class)`: how many stub managers of its objects are flagged but not gone.
    Disconnecting(TemplateId),
    /// `pending(Class)`: how many calls are executing on its objects by way of a stub manager.
    Pending(TemplateId),
    /// `packets()`: packets in flight.
    Packets,
    /// `is_set(event)`
    IsSet(SyncId),
    /// `registered(Class)`
    Registered(ClassId),
}

impl Probe {
    /// The question under a renaming of what is declared.
    fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Probe {
        let mut byte = |kind, id: u8| name(kind, id.into()) as u8;
        match self {
            Probe::Loaded(id) => Probe::Loaded(byte(Kind::Module, *id)),
            Probe::Ended(id) => Probe::Ended(byte(Kind::Thread, *id)),
            Probe::Exited(id) => Probe::Exited(byte(Kind::Process, *id)),
            Probe::IsSet(id) => Probe::IsSet(byte(Kind::Event, *id)),
            Probe::Registered(id) => Probe::Registered(byte(Kind::Class, *id)),
            // classes as written belong to all copies
            Probe::Alive(_) | Probe::Connected(_) | Probe::Disconnecting(_) | Probe::Pending(_) | Probe::Packets => {
                self.clone()
            }
        }
    }
}

/// How long a wait lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// 0: look once.
    Poll,
    /// Some milliseconds: may elapse at any moment.
    Finite,
    /// INFINITE: never elapses.
    Infinite,
}

/// What a wait waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waitable {
    /// An event.
    Event(SyncId),
    /// The end of a thread.
    Thread(ThreadId),
}

/// The objects of the system that run a function of the process on threads of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Callbacks {
    /// CreateThreadpoolWork
    Work,
    /// TrySubmitThreadpoolCallback: an object without a handle.
    Simple,
    /// QueueUserWorkItem: likewise.
    Item,
    /// CreateThreadpoolTimer
    Timer,
    /// CreateThreadpoolWait
    Wait,
    /// RegisterWaitForSingleObject
    Registered,
    /// CreateTimerQueueTimer
    QueueTimer,
}

/// Kinds of packet, by CoMarshalInterface's flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PacketKind {
    /// MSHLFLAGS_NORMAL
    Normal,
    /// MSHLFLAGS_TABLESTRONG
    TableStrong,
    /// MSHLFLAGS_TABLEWEAK
    TableWeak,
    /// MSHLFLAGS_NORMAL, written by the object's own IMarshal.
    Own,
    /// MSHLFLAGS_TABLESTRONG or MSHLFLAGS_TABLEWEAK, written by the object's own IMarshal.
    OwnTable,
}

/// One operation. A `dst` receives the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// `place = expr`
    Set(Place, Expr),
    /// Goes on if the condition is not 0, else jumps.
    Branch(Expr, u16),
    /// Jumps.
    Jump(u16),
    /// Sets slots from `.0` up to (not including) `.1` to 0: their scope has ended.
    Forget(u8, u8),
    /// Calls a function of the same process.
    Call(FunctionId, Vec<Expr>, Option<Place>),
    /// Returns. A pointer result is handed over with the reference it stands for.
    Return(Option<Expr>),
    /// A condition that must hold.
    Assert(Expr),
    /// `new Class()`: an object with one reference, then its constructor.
    New(ClassId, Place),
    /// A method call through a pointer. `dst` gets the result; a failed remote call puts its error there if the result is a
    /// code, otherwise null or 0.
    Method {
        /// The pointer.
        pointer: Expr,
        /// The class as written.
        template: TemplateId,
        /// Index of the method in the template.
        method: u8,
        /// Arguments.
        arguments: Vec<Expr>,
        /// Sent and not waited for (`Begin_Work`).
        asynchronous: bool,
        /// Where the result goes.
        dst: Option<Place>,
    },
    /// `p->AddRef()`
    AddRef(Expr),
    /// `p->Release()`
    Release(Expr),
    /// `delete p;`
    Delete(Expr),
    /// Releases what a place holds, if anything, and puts null there. Used for ComPtr.
    Drop(Place),
    /// `p->QueryInterface(iid, &out)`: the same identity with one more reference.
    QueryInterface(Expr, Iid, Place, Option<Place>),
    /// A call of the run-time.
    Api(Api, Option<Place>),
    /// Only at the start of the methods of a class that says `never answers`: is never done.
    NeverAnswers,
    /// Only in built-in functions: subtracts the references that the RemRelease of this frame gives back.
    RemRelease,
    /// Only in built-in functions: makes the object that this frame's activation asks for.
    Construct,
    /// Only in built-in functions: nothing left to do but to return.
    CleanUp,
}

impl Op {
    /// Tells what the operation does with each of its operands, in the order in which they are written.
    pub fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>)) {
        match self {
            Op::Set(place, e) => {
                visit(Use::Value(e));
                visit(Use::Result(*place));
            }
            Op::Branch(e, _) | Op::Assert(e) | Op::AddRef(e) | Op::Release(e) | Op::Delete(e) => visit(Use::Value(e)),
            Op::Return(e) => e.iter().for_each(|e| visit(Use::Value(e))),
            Op::Forget(from, to) => (*from..*to).for_each(|slot| visit(Use::Saves(slot))),
            Op::Call(function, arguments, dst) => {
                visit(Use::Names(Kind::Function, (*function).into()));
                arguments.iter().for_each(|e| visit(Use::Value(e)));
                dst.iter().for_each(|place| visit(Use::Result(*place)));
            }
            Op::New(class, place) => {
                visit(Use::Names(Kind::Class, (*class).into()));
                visit(Use::Out(*place));
            }
            Op::Method { pointer, template: _, method: _, arguments, asynchronous: _, dst } => {
                visit(Use::Value(pointer));
                arguments.iter().for_each(|e| visit(Use::Value(e)));
                dst.iter().for_each(|place| visit(Use::Result(*place)));
            }
            Op::Drop(place) => visit(Use::InOut(*place)),
            Op::QueryInterface(e, iid, out, dst) => {
                visit(Use::Value(e));
                visit(Use::Asks(iid.0));
                visit(Use::Out(*out));
                dst.iter().for_each(|place| visit(Use::Result(*place)));
            }
            Op::Api(api, dst) => {
                api.visit(visit);
                dst.iter().for_each(|place| visit(Use::Result(*place)));
            }
            Op::Jump(_) | Op::NeverAnswers | Op::RemRelease | Op::Construct | Op::CleanUp => {}
        }
    }

    /// The operation under a renaming of what is declared.
    pub fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Op {
        let exprs = |list: &[Expr], name: &mut _| list.iter().map(|e| e.renamed(name)).collect();
        match self {
            Op::Set(to, e) => Op::Set(to.renamed(name), e.renamed(name)),
            Op::Branch(e, otherwise) => Op::Branch(e.renamed(name), *otherwise),
            Op::Jump(to) => Op::Jump(*to),
            Op::Forget(from, to) => Op::Forget(*from, *to),
            Op::Call(function, arguments, to) => {
                let function = name(Kind::Function, (*function).into()) as FunctionId;
                Op::Call(function, exprs(arguments, name), to.map(|to| to.renamed(name)))
            }
            Op::Return(e) => Op::Return(e.as_ref().map(|e| e.renamed(name))),
            Op::Assert(e) => Op::Assert(e.renamed(name)),
            Op::New(class, to) => Op::New(name(Kind::Class, (*class).into()) as ClassId, to.renamed(name)),
            Op::Method { pointer, template, method, arguments, asynchronous, dst: to } => Op::Method {
                pointer: pointer.renamed(name),
                template: *template,
                method: *method,
                arguments: exprs(arguments, name),
                asynchronous: *asynchronous,
                dst: to.map(|to| to.renamed(name)),
            },
            Op::AddRef(e) => Op::AddRef(e.renamed(name)),
            Op::Release(e) => Op::Release(e.renamed(name)),
            Op::Delete(e) => Op::Delete(e.renamed(name)),
            Op::Drop(from) => Op::Drop(from.renamed(name)),
            Op::QueryInterface(e, iid, out, to) => {
                Op::QueryInterface(e.renamed(name), *iid, out.renamed(name), to.map(|to| to.renamed(name)))
            }
            Op::Api(api, to) => Op::Api(api.renamed(name), to.map(|to| to.renamed(name))),
            Op::NeverAnswers => Op::NeverAnswers,
            Op::RemRelease => Op::RemRelease,
            Op::Construct => Op::Construct,
            Op::CleanUp => Op::CleanUp,
        }
    }

    /// Where the code of its function can go on after the operation, which stands at `pc`.
    pub fn successors(&self, pc: usize) -> impl Iterator<Item = usize> + use<> {
        let next = match self {
            Op::Branch(_, otherwise) => [Some(pc + 1), Some(usize::from(*otherwise))],
            Op::Jump(to) => [Some(usize::from(*to)), None],
            Op::Return(_) => [None, None],
            Op::Set(..)
            | Op::Forget(..)
            | Op::Call(..)
            | Op::Assert(_)
            | Op::New(..)
            | Op::Method { .. }
            | Op::AddRef(_)
            | Op::Release(_)
            | Op::Drop(_)
            | Op::Delete(_)
            | Op::QueryInterface(..)
            | Op::Api(..)
            | Op::NeverAnswers
            | Op::RemRelease
            | Op::Construct
            | Op::CleanUp => [Some(pc + 1), None],
        };
        next.into_iter().flatten()
    }

    /// Where a frame can stand in the operation, besides its beginning.
    pub fn stops(&self) -> &'static [Stop] {
        match self {
            Op::Set(..) | Op::Branch(..) | Op::Jump(_) | Op::Forget(..) | Op::Assert(_) | Op::NeverAnswers => &[],
            Op::Return(_) => &[Stop::Counted],
            Op::Call(..) | Op::AddRef(_) | Op::Delete(_) | Op::RemRelease | Op::Construct | Op::CleanUp => {
                &[Stop::Result]
            }
            Op::Method { .. } | Op::Release(_) | Op::Drop(_) | Op::QueryInterface(..) => &[Stop::Answer, Stop::Result],
            Op::New(..) => &[Stop::Constructor, Stop::Result],
            Op::Api(api, _) => api.row().stops,
        }
    }

    /// The type of the result that waits in a frame of the operation ([`Stop::Result`]); none if that refers to nothing.
    #[inline]
    pub(crate) fn refers(&self, program: &Program) -> Option<Ty> {
        match self {
            Op::New(..) => Some(Ty::Pointer(None)),
            Op::Method { template, method, .. } => {
                Some(program.templates[usize::from(*template)].methods[usize::from(*method)].result)
            }
            Op::Set(..)
            | Op::Branch(..)
            | Op::Jump(_)
            | Op::Forget(..)
            | Op::Call(..)
            | Op::Return(_)
            | Op::Assert(_)
            | Op::AddRef(_)
            | Op::Release(_)
            | Op::Drop(_)
            | Op::Delete(_)
            | Op::QueryInterface(..)
            | Op::Api(..)
            | Op::NeverAnswers
            | Op::RemRelease
            | Op::Construct
            | Op::CleanUp => None,
        }
    }

    /// The function that the operation calls or posts.
    pub fn function(&self) -> Option<FunctionId> {
        let mut found = None;
        self.visit(&mut |used| {
            if let Use::Names(Kind::Function, number) = used {
                found = Some(number as FunctionId);
            }
        });
        found
    }

    /// What the row of the call says, if it is a call of the run-time.
    #[inline]
    pub fn row(&self) -> Option<&'static Row> {
        if let Op::Api(api, _) = self { Some(api.row()) } else { None }
    }

    /// May the operation do this, as its row says?
    #[inline]
    pub fn may(&self, does: Does) -> bool {
        self.row().is_some_and(|row| row.may(does))
    }
}
