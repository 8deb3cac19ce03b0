//! What a run chooses: `any`, `maybe` and `havoc`; and what it is assumed to choose.

use super::body::Body;
use super::types::{Type, Value};
use crate::lang::ast::{Expr, ExprKind, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::program::{self, Op, Ty};

impl<'a> Body<'_, 'a> {
    /// Notes that the statement chooses: once is all that it can.
    fn chooses(&mut self, span: Span) {
        if let Some(earlier) = self.any.replace(span) {
            self.report(
                Diagnostic::error("R0314", "a second `any` in one statement", span, "the second one")
                    .also(earlier, "the first one")
                    .help("one statement chooses once; put one of them into a variable first"),
            );
        }
    }

    /// `any()`, `any(low, high)`
    pub(super) fn any_value(&mut self, arguments: &'a [Expr], span: Span) -> Value {
        let bounds: Vec<Option<i64>> =
            arguments.iter().map(|argument| self.low.constant(argument).and_then(|value| value.constant)).collect();
        let (low, high) = match bounds.as_slice() {
            [] => (0, 1),
            [Some(low), Some(high)] if low <= high && *low >= -100 && *high <= 100 => (*low as i8, *high as i8),
            _ => {
                self.report(
                    Diagnostic::error("R0314", "`any` takes two constants", span, "not those")
                        .help("write `any()` for 0 or 1, or `any(low, high)` with constants from -100 to 100"),
                );
                return Value::error(span);
            }
        };
        self.chooses(span);
        let ty = if arguments.is_empty() { Ty::Bool } else { Ty::Int(low, high) };
        Value::new(program::Expr::Any(low, high), ty, span)
    }

    /// `maybe()`: one or the other.
    pub(super) fn maybe(&mut self, arguments: &[Expr], span: Span) -> Value {
        if !arguments.is_empty() {
            let diagnostic = Diagnostic::error("R0314", "`maybe` takes nothing", span, "wrong number of arguments");
            self.report(diagnostic.help("write `maybe()`, or `any(low, high)` for a number"));
            return Value::error(span);
        }
        self.chooses(span);
        Value::new(program::Expr::Any(0, 1), Ty::Bool, span)
    }

    /// `havoc(x)`: any value that the declaration of `x` allows.
    pub(super) fn havoc(&mut self, arguments: &'a [Expr], span: Span) -> Value {
        let [argument] = arguments else {
            let diagnostic =
                Diagnostic::error("R0314", "`havoc` takes one variable", span, "wrong number of arguments");
            self.report(diagnostic.help("write `havoc(x)`"));
            return Value::error(span);
        };
        let variable = if let ExprKind::AddressOf(inner) = &argument.kind { inner } else { argument };
        let Some((place, ty)) = self.place(variable) else { return Value::error(span) };
        let (low, high) = match ty {
            Ty::Int(low, high) => (low, high),
            Ty::Bool => (0, 1),
            Ty::Void | Ty::Code | Ty::Cookie | Ty::Handle | Ty::Lock(_) | Ty::Pointer(_) | Ty::ComPtr(_) => {
                let found = self.low.type_name(Type::Is(ty));
                let label = format!("{found} has no range");
                let diagnostic =
                    Diagnostic::error("R0314", "`havoc` is for integers and booleans", argument.span, label);
                self.report(diagnostic.help("choose between what it can be: `hr = maybe() ? S_OK : E_FAIL;`"));
                return Value::error(span);
            }
        };
        self.chooses(span);
        self.emit(Op::Set(place, program::Expr::Any(low, high)), span);
        Value::new(program::Expr::Const(0), Ty::Void, span)
    }

    /// `assume(condition);`
    pub(super) fn assume(&mut self, condition: &'a Expr, span: Span) {
        let (no, out) = (self.label(), self.label());
        self.jump_unless(condition, no);
        self.assumed(no, out, span);
        self.settle(span);
    }
}
