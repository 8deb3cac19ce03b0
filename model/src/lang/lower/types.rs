//! Types, values, and the conversions between them.
//!
//! A value of the error type stands for something already reported; every conversion accepts it in silence. Constants
//! are kept beside their expression, so that a range can be checked before anything runs.

use super::Lowering;
use crate::codes::Code;
use crate::lang::ast::Span;
use crate::lang::diagnostic::Diagnostic;
use crate::program::{Expr, Lock, Operator, Place, TemplateId, Ty};

/// The range of an integer whose declaration gives none.
pub(super) const DEFAULT_RANGE: (i8, i8) = (-16, 15);
/// How far a declared range may reach.
pub(super) const RANGE_MAX: i64 = 100;
/// The type of a sum or difference.
pub(super) const ANY_INT: Ty = Ty::Int(i8::MIN, i8::MAX);

/// The type of a variable whose declaration is wrong: nothing more is said about it.
pub(super) const BROKEN: Ty = Ty::Void;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// Something is wrong with it, and was reported.
    Error,
    /// `NULL`, `nullptr`
    Null,
    /// A type of the program.
    Is(Ty),
}

/// A value that can be computed without calls.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) expr: Expr,
    pub(super) ty: Type,
    /// Its value if it is known now.
    pub(super) constant: Option<i64>,
    pub(super) span: Span,
    /// A pointer that stands for a reference which somebody must release.
    pub(super) fresh: bool,
    /// It was already put where the target said.
    pub(super) placed: bool,
}

impl Value {
    pub(super) fn new(expr: Expr, ty: Ty, span: Span) -> Self {
        Value { expr, ty: Type::Is(ty), constant: None, span, fresh: false, placed: false }
    }

    pub(super) fn error(span: Span) -> Self {
        Value { expr: Expr::Const(0), ty: Type::Error, constant: None, span, fresh: false, placed: false }
    }

    pub(super) fn null(span: Span) -> Self {
        Value { ty: Type::Null, constant: Some(0), ..Value::error(span) }
    }

    pub(super) fn read(place: Place, ty: Ty, span: Span) -> Self {
        if ty == BROKEN {
            return Value::error(span);
        }
        Value::new(Expr::Read(place), ty, span)
    }

    pub(super) fn code(code: Code, span: Span) -> Self {
        Value::new(Expr::Const(code.0), Ty::Code, span)
    }

    /// A constant integer or boolean.
    pub(super) fn constant(value: i64, ty: Ty, span: Span) -> Self {
        let small = value.clamp(i64::from(i8::MIN), i64::from(i8::MAX)) as i8;
        Value { constant: Some(value), ..Value::new(Expr::Const(small), ty, span) }
    }

    fn is_zero(&self) -> bool {
        self.constant == Some(0)
    }

    fn is_pointer(&self) -> bool {
        match self.ty {
            Type::Null => true,
            Type::Is(ty) => ty.is_pointer(),
            Type::Error => false,
        }
    }

    fn is_number(&self) -> bool {
        matches!(self.ty, Type::Is(Ty::Int(..) | Ty::Bool))
    }

    fn is_code(&self) -> bool {
        self.ty == Type::Is(Ty::Code)
    }

    /// A number that is compared with a code: the code with this value, if there is one.
    fn beside_code(&self, other: &Value) -> Value {
        let value = self.constant.filter(|_| other.is_code() && self.is_number());
        let code = value.and_then(|value| u32::try_from(value).ok()).and_then(Code::by_value);
        code.map_or_else(|| self.clone(), |code| Value::code(code, self.span))
    }
}

/// Can a result of type `from` go straight into a variable of type `to`? A range is checked as the run stores it.
pub(super) fn direct(from: Ty, to: Ty) -> bool {
    match (from, to) {
        (Ty::Code, Ty::Code) | (Ty::Cookie, Ty::Cookie) | (Ty::Bool, Ty::Bool) | (Ty::Int(..), Ty::Int(..)) => true,
        (Ty::Handle, Ty::Handle) => true,
        (Ty::Bool, Ty::Int(low, high)) => low <= 0 && high >= 1,
        (Ty::Pointer(a) | Ty::ComPtr(a), Ty::Pointer(b)) => compatible(a, b),
        _ => false,
    }
}

/// Does a pointer to `a` convert to a pointer to `b`?
pub(super) fn compatible(a: Option<TemplateId>, b: Option<TemplateId>) -> bool {
    a.is_none() || b.is_none() || a == b
}

/// The template of a pointer type.
pub(super) fn pointee(ty: Ty) -> Option<TemplateId> {
    match ty {
        Ty::Pointer(template) | Ty::ComPtr(template) => template,
        Ty::Void | Ty::Int(..) | Ty::Bool | Ty::Code | Ty::Cookie | Ty::Handle | Ty::Lock(_) => None,
    }
}

impl Lowering<'_> {
    /// How a type is called in a message.
    pub(super) fn type_name(&self, ty: Type) -> String {
        let class = |template: Option<TemplateId>| {
            let found = template.and_then(|id| self.program.templates.get(id as usize));
            found.map_or("IUnknown".to_owned(), |template| template.name.clone())
        };
        match ty {
            Type::Error => "unknown".to_owned(),
            Type::Null => "`nullptr`".to_owned(),
            Type::Is(Ty::Void) => "`void`".to_owned(),
            Type::Is(Ty::Int(low, high)) if (low, high) == DEFAULT_RANGE => "`int`".to_owned(),
            Type::Is(Ty::Int(i8::MIN, i8::MAX)) => "`int`".to_owned(),
            Type::Is(Ty::Int(low, high)) => format!("`int<{low}..{high}>`"),
            Type::Is(Ty::Bool) => "`bool`".to_owned(),
            Type::Is(Ty::Code) => "`HRESULT`".to_owned(),
            Type::Is(Ty::Cookie) => "a registration cookie".to_owned(),
            Type::Is(Ty::Handle) => "`HANDLE`".to_owned(),
            Type::Is(Ty::Lock(Lock::Section)) => "`CRITICAL_SECTION`".to_owned(),
            Type::Is(Ty::Lock(Lock::Srw)) => "`SRWLOCK`".to_owned(),
            Type::Is(Ty::Lock(Lock::Condition)) => "`CONDITION_VARIABLE`".to_owned(),
            Type::Is(Ty::Pointer(template)) => format!("`{}*`", class(template)),
            Type::Is(Ty::ComPtr(template)) => format!("`ComPtr<{}>`", class(template)),
        }
    }

    /// The expression that has this value as a value of type `to`; reports if it has none.
    pub(super) fn convert(&mut self, value: Value, to: Ty) -> Expr {
        let from = match value.ty {
            Type::Error => return Expr::Const(0),
            Type::Null if to == BROKEN => return Expr::Const(0),
            Type::Null if to.is_pointer() => return Expr::Const(0),
            Type::Null if matches!(to, Ty::Cookie | Ty::Handle) => return Expr::Const(0),
            Type::Null => return self.mismatch(&value, to),
            Type::Is(from) => from,
        };
        match (from, to) {
            (_, BROKEN) => Expr::Const(0),
            (Ty::Int(..) | Ty::Bool, Ty::Int(low, high)) => {
                if let Some(constant) = value.constant
                    && (constant < i64::from(low) || constant > i64::from(high))
                {
                    self.report.add(
                        Diagnostic::error(
                            "R0303",
                            format!("{constant} does not fit"),
                            value.span,
                            format!("not from {low} to {high}"),
                        )
                        .help(format!(
                            "declare the variable with a range that holds it, such as `int<0..{}>`; \
                                 numbers from -{RANGE_MAX} to {RANGE_MAX} are possible",
                            constant.clamp(1, RANGE_MAX)
                        )),
                    );
                }
                value.expr
            }
            (Ty::Bool, Ty::Bool) | (Ty::Code, Ty::Code) | (Ty::Cookie, Ty::Cookie) => value.expr,
            (Ty::Handle, Ty::Handle) => value.expr,
            (Ty::Handle, Ty::Bool) => not_zero(value.expr),
            (Ty::Int(..), Ty::Bool) => match value.constant {
                Some(constant) => Expr::Const(i8::from(constant != 0)),
                None => not_zero(value.expr),
            },
            (Ty::Pointer(_) | Ty::ComPtr(_), Ty::Bool) => not_zero(value.expr),
            (Ty::Int(..), Ty::Code | Ty::Cookie | Ty::Handle | Ty::Pointer(_) | Ty::ComPtr(_)) if value.is_zero() => {
                Expr::Const(0)
            }
            (Ty::Pointer(a) | Ty::ComPtr(a), Ty::Pointer(b) | Ty::ComPtr(b)) if compatible(a, b) => value.expr,
            (Ty::Pointer(Some(a)) | Ty::ComPtr(Some(a)), Ty::Pointer(Some(b)) | Ty::ComPtr(Some(b))) => {
                self.as_interface(value, a, b, to)
            }
            _ => self.mismatch(&value, to),
        }
    }

    fn mismatch(&mut self, value: &Value, to: Ty) -> Expr {
        let wanted = self.type_name(Type::Is(to));
        let found = self.type_name(value.ty);
        let label = format!("expected {wanted}, found {found}");
        let diagnostic = if value.ty == Type::Is(Ty::Void) {
            Diagnostic::error(
                "R0310",
                "there is no value here",
                value.span,
                format!("expected {wanted}, found nothing"),
            )
        } else {
            Diagnostic::error("R0301", "mismatched types", value.span, label)
        };
        let diagnostic = match (value.ty, to) {
            (Type::Is(Ty::Code), Ty::Bool | Ty::Int(..)) => diagnostic
                .help("an HRESULT is not a truth value: write `SUCCEEDED(…)`, `FAILED(…)` or compare it with `S_OK`"),
            (Type::Is(Ty::Int(..)), Ty::Code) => {
                diagnostic.help("codes have names: `S_OK`, `E_FAIL`, `WAIT_TIMEOUT` …")
            }
            _ => diagnostic,
        };
        self.report.add(diagnostic);
        Expr::Const(0)
    }

    /// The value as a condition: not 0 means true.
    pub(super) fn truth(&mut self, value: Value) -> Expr {
        let found = match value.ty {
            Type::Error | Type::Null => return value.expr,
            Type::Is(ty) => ty,
        };
        match found {
            Ty::Int(..) | Ty::Bool | Ty::Cookie | Ty::Handle | Ty::Pointer(_) | Ty::ComPtr(_) => value.expr,
            Ty::Lock(_) => {
                let label = "a lock is entered and left";
                self.report.add(Diagnostic::error("R0310", "a lock is no value", value.span, label));
                Expr::Const(0)
            }
            Ty::Code => {
                self.report.add(
                    Diagnostic::error(
                        "R0304",
                        "an HRESULT is not a condition",
                        value.span,
                        "S_OK is 0, so this reads as failure",
                    )
                    .help("write `SUCCEEDED(…)` or `FAILED(…)`, or compare it: `== S_OK`, `== WAIT_TIMEOUT`"),
                );
                Expr::Const(0)
            }
            Ty::Void => {
                self.report.add(Diagnostic::error(
                    "R0310",
                    "there is no value here",
                    value.span,
                    "a condition is needed",
                ));
                Expr::Const(0)
            }
        }
    }

    /// `left operator right`, both computed.
    pub(super) fn binary(&mut self, operator: Operator, left: Value, right: Value, span: Span) -> Value {
        if left.ty == Type::Error || right.ty == Type::Error {
            return Value::error(span);
        }
        let constants = left.constant.zip(right.constant);
        match operator {
            Operator::And | Operator::Or => {
                let (a, b) = (self.truth(left), self.truth(right));
                Value::new(pair(operator, a, b), Ty::Bool, span)
            }
            Operator::Add | Operator::Subtract if left.is_code() => self.beside(operator, left, right, span),
            Operator::Add | Operator::Subtract => {
                if !left.is_number() || !right.is_number() {
                    return self.inapplicable(&left, &right, span, "only integers are added and subtracted");
                }
                let add = operator == Operator::Add;
                let folded = constants.and_then(|(a, b)| if add { a.checked_add(b) } else { a.checked_sub(b) });
                match folded {
                    Some(value) => Value::constant(value, ANY_INT, span),
                    None => Value::new(pair(operator, left.expr, right.expr), ANY_INT, span),
                }
            }
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
                if !left.is_number() || !right.is_number() {
                    let help = "only integers have an order; for an HRESULT write `SUCCEEDED(…)` or `FAILED(…)`";
                    return self.inapplicable(&left, &right, span, help);
                }
                Value::new(pair(operator, left.expr, right.expr), Ty::Bool, span)
            }
            Operator::Equal | Operator::NotEqual => {
                let (left, right) = (left.beside_code(&right), right.beside_code(&left));
                if !self.comparable(&left, &right) {
                    let help = "both sides must be integers, codes, or pointers to one class";
                    return self.inapplicable(&left, &right, span, help);
                }
                Value::new(pair(operator, left.expr, right.expr), Ty::Bool, span)
            }
        }
    }

    /// `WAIT_OBJECT_0 + 1`, and the index in what a wait has answered: `answer - WAIT_OBJECT_0`.
    fn beside(&mut self, operator: Operator, left: Value, right: Value, span: Span) -> Value {
        match (operator, &left.expr, &right.expr, right.constant) {
            (Operator::Add, Expr::Const(code), _, Some(more)) if right.is_number() => {
                let sum = i64::from(Code(*code).row().value).checked_add(more);
                if let Some(code) = sum.and_then(|sum| u32::try_from(sum).ok()).and_then(Code::by_value) {
                    return Value::code(code, span);
                }
            }
            (Operator::Subtract, answer, Expr::Const(0), _) => {
                // the codes of the first two handles are 0 and 1, the others follow one another; whatever else it is, it is large
                let far = i16::from(Code::WAIT_OBJECT_2.0) - 2;
                let back = pair(Operator::Subtract, answer.clone(), Expr::Const(far as i8));
                let large = pair(Operator::Greater, answer.clone(), Expr::Const(1));
                let other = Expr::Choose(Box::new(large), Box::new(Expr::Const(i8::MAX)), Box::new(answer.clone()));
                let object = pair(Operator::GreaterEqual, answer.clone(), Expr::Const(Code::WAIT_OBJECT_2.0));
                let index = Expr::Choose(Box::new(object), Box::new(back), Box::new(other));
                return Value::new(index, ANY_INT, span);
            }
            _ => {}
        }
        self.inapplicable(
            &left,
            &right,
            span,
            "of codes only `WAIT_OBJECT_0 + 1` and `answer - WAIT_OBJECT_0` are known",
        )
    }

    fn comparable(&self, left: &Value, right: &Value) -> bool {
        if left.is_number() && right.is_number() {
            return true;
        }
        match (left.ty, right.ty) {
            (Type::Is(Ty::Code), Type::Is(Ty::Code)) | (Type::Is(Ty::Cookie), Type::Is(Ty::Cookie)) => true,
            (Type::Is(Ty::Handle), Type::Is(Ty::Handle) | Type::Null) | (Type::Null, Type::Is(Ty::Handle)) => true,
            (Type::Is(Ty::Code | Ty::Cookie), _) => right.is_zero() && right.is_number(),
            (_, Type::Is(Ty::Code | Ty::Cookie)) => left.is_zero() && left.is_number(),
            (Type::Is(a), Type::Is(b)) if a.is_pointer() && b.is_pointer() => {
                self.related(pointee(a), pointee(b)).is_some()
            }
            _ if left.is_pointer() && right.is_pointer() => true,
            _ => (left.is_pointer() && right.is_zero()) || (right.is_pointer() && left.is_zero()),
        }
    }

    fn inapplicable(&mut self, left: &Value, right: &Value, span: Span, help: &str) -> Value {
        let (a, b) = (self.type_name(left.ty), self.type_name(right.ty));
        let diagnostic = Diagnostic::error("R0311", "these do not go together", span, format!("{a} and {b}"));
        self.report.add(diagnostic.help(help));
        Value::error(span)
    }
}

fn not_zero(expr: Expr) -> Expr {
    pair(Operator::NotEqual, expr, Expr::Const(0))
}

/// `left operator right` as an expression.
pub(super) fn pair(operator: Operator, left: Expr, right: Expr) -> Expr {
    Expr::Binary(operator, Box::new(left), Box::new(right))
}
