//! `auto`: the type of the first value.
//!
//! What makes a handle is seen in the text, because it decides which handles there are; any other type is that of the value.

use super::body::Body;
use super::callbacks::makes_callbacks;
use super::handle_sources::{created, makes_event};
use super::types::{ANY_INT, DEFAULT_RANGE, Type, Value};
use super::variables::FIELD;
use crate::lang::ast::{Expr, ExprKind, Item, Member, Scenario, Span, TypeKind, Variable};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::library::Row;
use crate::lang::walk_mut;
use crate::program::{self, Op, Place, Ty};

/// `auto` where no first value says what it is.
pub(super) fn not_here(span: Span, what: &str) -> Diagnostic {
    let label =
        if what == FIELD { "a field has no first value in C++ that says it" } else { "no value says what it is" };
    let message = format!("{what} cannot be `auto`");
    Diagnostic::error("R0342", message, span, label)
        .help("write the type: `HRESULT`, `int`, `Widget*`, `ComPtr<Widget>` …")
}

/// Local variables that begin with a new handle are handles.
pub(super) fn handles(scenario: &mut Scenario) {
    for item in &mut scenario.items {
        if let Item::Process(process) = item {
            for member in &mut process.items {
                walk_mut::member(member, &mut |node| {
                    if let walk_mut::Node::Variable(declared) = node {
                        variable(declared);
                    }
                });
            }
        }
    }
}

fn variable(variable: &mut Variable) {
    let made = variable.initial.as_ref().and_then(created);
    let handle = made.is_some_and(|(name, _)| {
        makes_event(name) || makes_callbacks(name) || matches!(name, "CreateThread" | "_beginthreadex")
    });
    if variable.ty.kind == TypeKind::Auto && handle {
        variable.ty.kind = TypeKind::Handle;
    }
}

impl<'a> Body<'_, 'a> {
    /// The slot of a local variable that is declared with `auto`, with its value in it.
    pub(super) fn automatic(&mut self, ast: &'a Variable) -> Option<(u8, Ty)> {
        let Some(initial) = &ast.initial else {
            self.report(not_here(ast.ty.span, "a variable without a first value"));
            return None;
        };
        let before = self.slot_count();
        let value = self.value(initial);
        let row = match (value.ty, &value.expr) {
            (Type::Is(Ty::ComPtr(_)), program::Expr::Read(place)) => Some(self.row_of(*place)),
            _ => self.moved_out(initial).or_else(|| self.given(initial)),
        };
        let ty = self.deduced(&value, row.is_some())?;
        if let Some(slot) = self.taken_over(&value, before, &ast.name.text, ty) {
            self.counted.extend(row.map(|row| (slot, row)));
            return Some((slot, ty));
        }
        let slot = self.slot(&ast.name.text, ty, ast.name.span);
        self.counted.extend(row.map(|row| (slot, row)));
        let (fresh, span) = (value.fresh, ast.span);
        let expr = self.low.convert(value, ty);
        self.emit(Op::Set(Place::Local(slot), expr), span);
        if matches!(ty, Ty::ComPtr(_)) && !fresh {
            self.add_reference(program::Expr::Read(Place::Local(slot)), span);
        }
        Some((slot, ty))
    }

    /// What is moved out of a counted pointer is one.
    fn moved_out(&self, initial: &Expr) -> Option<&'static Row> {
        let ExprKind::Call(name, arguments) = &initial.kind else { return None };
        let inner = arguments.first().filter(|_| name.text == "std::move")?;
        let ExprKind::Name(variable) = &inner.kind else { return None };
        let (place, ty) = self.variable_named(&variable.text)?;
        matches!(ty, Ty::ComPtr(_)).then(|| self.row_of(place))
    }

    /// What a function of the scenario gives as a counted pointer.
    fn given(&self, initial: &Expr) -> Option<&'static Row> {
        let (ExprKind::Call(name, _) | ExprKind::Method(_, name, _)) = &initial.kind else { return None };
        if matches!(name.text.as_str(), "try_query" | "try_as") {
            return crate::lang::library::find(if name.text == "try_as" { "winrt::com_ptr" } else { "wil::com_ptr" });
        }
        let members = self.low.written.iter().flat_map(|written| &written.members).map(|(_, member)| *member);
        let functions = members.flat_map(|member| match member {
            Member::Function(function) => std::slice::from_ref(function),
            Member::Class(class) => class.methods.as_slice(),
            Member::Module(_) | Member::Context(_) | Member::Thread(_) | Member::Variable(_) => &[],
        });
        let mut named = functions.filter(|function| function.name.text == name.text);
        named.find_map(|function| {
            matches!(function.result.kind, TypeKind::ComPtr(_)).then_some(function.result.library?)
        })
    }

    fn deduced(&mut self, value: &Value, counted: bool) -> Option<Ty> {
        let wrong = match value.ty {
            Type::Error => return None,
            Type::Null => "`nullptr`".to_owned(),
            Type::Is(Ty::Pointer(template) | Ty::ComPtr(template)) if counted => return Some(Ty::ComPtr(template)),
            // an integer of C++ has no range
            Type::Is(ty @ Ty::Int(low, high)) => {
                let (least, most) = DEFAULT_RANGE;
                let usual = ty == ANY_INT || low >= least && high <= most;
                return Some(if usual { Ty::Int(least, most) } else { ty });
            }
            Type::Is(ty @ (Ty::Bool | Ty::Code | Ty::Cookie | Ty::Pointer(_) | Ty::ComPtr(_))) => return Some(ty),
            Type::Is(ty @ (Ty::Void | Ty::Handle | Ty::Lock(_))) => self.low.ty_name(ty),
        };
        let diagnostic = Diagnostic::error("R0342", "what is this `auto`?", value.span, format!("this is {wrong}"));
        self.report(diagnostic.help("write the type: `HANDLE`, `Widget*` …"));
        None
    }

    /// A result that was just put into a slot of its own stays there, and has the name of the variable.
    fn taken_over(&mut self, value: &Value, before: usize, name: &str, ty: Ty) -> Option<u8> {
        let program::Expr::Read(Place::Local(slot)) = value.expr else { return None };
        let new = usize::from(slot) >= before && self.temporaries.contains(&slot);
        let same = self.slot_type(slot) == Some(ty) || matches!(ty, Ty::ComPtr(_)) && value.fresh;
        if !new || !same {
            return None;
        }
        self.temporaries.retain(|other| *other != slot);
        self.rename_slot(slot, name, ty);
        Some(slot)
    }
}
