//! What claims see of a step, at whatever time it is taken.
//!
//! Claims ask whether a state exists. So a step may make a condition true, for the state after it is still there; what it must not do is to
//! make one false that was true before. Only `eventually` asks about the order of states: there the step must change nothing.

use super::effects::{Effects, Touch};
use crate::program::{ClaimKind, Expr, GlobalId, Operator, Place, ProcessId, Program};
use crate::state::State;
use crate::step::{answer, compute};

/// How a step changes the truth of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// Not at all: the value stays.
    None,
    /// What was true before is true after.
    Rises,
    /// What was false before is false after.
    Falls,
    /// That depends on what others do until then.
    Any,
}

/// An expression before and after a step, as far as this does not depend on what others do until then.
#[derive(Clone, Copy, Debug)]
struct Seen {
    before: Option<i16>,
    after: Option<i16>,
    change: Change,
}

/// A step of a thread, with what others may still touch.
pub(super) struct View<'a> {
    pub(super) program: &'a Program,
    pub(super) effects: &'a Effects,
    pub(super) before: &'a State,
    pub(super) after: &'a State,
    /// The process of the thread.
    pub(super) process: ProcessId,
    pub(super) future: &'a [u64],
}

impl View<'_> {
    /// Does no claim lose anything by the step?
    pub(super) fn is_unseen(&self) -> bool {
        self.program.claims.iter().all(|claim| {
            let mut asked = std::iter::once(&claim.condition).chain(&claim.after);
            asked.all(|condition| match (claim.kind, self.seen(condition).change) {
                (_, Change::None) => true,
                (ClaimKind::Never | ClaimKind::Reachable, Change::Rises) => true,
                (ClaimKind::Never | ClaimKind::Reachable, Change::Falls | Change::Any)
                | (ClaimKind::Eventually, Change::Rises | Change::Falls | Change::Any) => false,
            })
        })
    }

    fn seen(&self, expr: &Expr) -> Seen {
        match expr {
            Expr::Const(value) => Seen::constant(i16::from(*value)),
            Expr::Read(Place::Global(global)) => self.global(*global),
            Expr::Not(inner) => {
                let inner = self.seen(inner);
                let flipped = match inner.change {
                    Change::None => Change::None,
                    Change::Rises => Change::Falls,
                    Change::Falls => Change::Rises,
                    Change::Any => Change::Any,
                };
                let not = |value: i16| i16::from(value == 0);
                Seen { before: inner.before.map(not), after: inner.after.map(not), change: flipped }
            }
            Expr::Binary(operator, a, b) => {
                let (a, b) = (self.seen(a), self.seen(b));
                let both = Seen {
                    before: joined(*operator, a.before, b.before),
                    after: joined(*operator, a.after, b.after),
                    change: match (a.change, b.change) {
                        (Change::None, Change::None) => Change::None,
                        (one, other) if is_logical(*operator) => together(one, other),
                        (_, _) => Change::Any,
                    },
                };
                both.refined()
            }
            Expr::Probe(_) => {
                // no step that is argued for changes what others can change too: what it does here it does at any time
                let (before, after) = (answer(self.program, self.before, expr), answer(self.program, self.after, expr));
                let change = if before == after { Change::None } else { Change::Any };
                Seen { before: Some(before), after: Some(after), change }.change_alone()
            }
            Expr::Negate(_)
            | Expr::Succeeded(_)
            | Expr::Choose(..)
            | Expr::Any(..)
            | Expr::Read(Place::Local(_) | Place::Field(_) | Place::FieldOf { .. }) => self.whole(expr),
        }
    }

    /// An expression that is looked at as a whole: known if all that it reads is, the same if nothing that it reads changes.
    fn whole(&self, expr: &Expr) -> Seen {
        let (mut known, mut same) = (true, true);
        expr.visit(&mut |inner| match inner {
            Expr::Read(Place::Global(global)) => {
                let read = self.global(*global);
                known &= read.before.is_some();
                same &= read.change == Change::None;
            }
            Expr::Probe(_) => {
                known = false;
                same &= self.seen(inner).change == Change::None;
            }
            Expr::Any(..) | Expr::Read(Place::Local(_) | Place::Field(_) | Place::FieldOf { .. }) => {
                (known, same) = (false, false)
            }
            Expr::Const(_)
            | Expr::Not(_)
            | Expr::Negate(_)
            | Expr::Binary(..)
            | Expr::Choose(..)
            | Expr::Succeeded(_) => {}
        });
        let truth = |state| known.then(|| answer(self.program, state, expr));
        let change = if same { Change::None } else { Change::Any };
        Seen { before: truth(self.before), after: truth(self.after), change }.change_alone()
    }

    /// A global. What claims ask for keeps its last value when its process ends; those of other processes count as unknown all the same.
    fn global(&self, global: GlobalId) -> Seen {
        let cell = usize::from(global);
        let own = self.program.globals[cell].process == self.process;
        let known = own && !self.effects.has(self.future, Touch::Write(global));
        let (before, after) = (i16::from(self.before.globals[cell]), i16::from(self.after.globals[cell]));
        let change = if before == after { Change::None } else { Change::Any };
        Seen { before: known.then_some(before), after: known.then_some(after), change }.refined()
    }
}

impl Seen {
    fn constant(value: i16) -> Self {
        Seen { before: Some(value), after: Some(value), change: Change::None }
    }

    /// The change told by the values, without these.
    fn change_alone(self) -> Self {
        Seen { before: None, after: None, change: self.refined().change }
    }

    /// The change told by the values, where they are known.
    fn refined(self) -> Self {
        let (before, after) = (self.before.map(|value| value != 0), self.after.map(|value| value != 0));
        let change = match (self.change, before, after) {
            (Change::Any, _, _) if self.before.is_some() && self.before == self.after => Change::None,
            (Change::Any, Some(false), _) | (Change::Any, _, Some(true)) => Change::Rises,
            (Change::Any, Some(true), _) | (Change::Any, _, Some(false)) => Change::Falls,
            (change, _, _) => change,
        };
        Seen { change, ..self }
    }
}

fn is_logical(operator: Operator) -> bool {
    match operator {
        Operator::And | Operator::Or => true,
        Operator::Add
        | Operator::Subtract
        | Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessEqual
        | Operator::Greater
        | Operator::GreaterEqual => false,
    }
}

/// The change of `a && b`, and of `a || b`: both grow with their sides.
fn together(one: Change, other: Change) -> Change {
    match (one, other) {
        (Change::None, change) | (change, Change::None) => change,
        (Change::Rises, Change::Rises) => Change::Rises,
        (Change::Falls, Change::Falls) => Change::Falls,
        (Change::Any, _) | (_, Change::Any) | (Change::Rises, Change::Falls) | (Change::Falls, Change::Rises) => {
            Change::Any
        }
    }
}

/// The value of two sides together, where it is known. One side can be enough.
fn joined(operator: Operator, a: Option<i16>, b: Option<i16>) -> Option<i16> {
    match (operator, a, b) {
        (_, Some(a), Some(b)) => Some(compute(operator, a, b)),
        (Operator::And, Some(0), None) | (Operator::And, None, Some(0)) => Some(0),
        (Operator::Or, Some(one), None) | (Operator::Or, None, Some(one)) if one != 0 => Some(1),
        (_, _, _) => None,
    }
}
