//! Fields, constructor and destructor of a class.

use super::Lowering;
use super::members::Home;
use super::names::twice;
use super::types::BROKEN;
use super::variables::FIELD;
use crate::lang::ast::{self, StatementKind};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::limits;
use crate::lang::walk::{self, Node};
use crate::program::{Field, FunctionId, LockField, ProcessId, TemplateId, Ty};

impl<'a> Lowering<'a> {
    /// The fields of a class, and the locks among them.
    pub(super) fn fields(
        &mut self,
        process: ProcessId,
        template: TemplateId,
        ast: &'a ast::Class,
    ) -> (Vec<Field>, Vec<LockField>) {
        let written = self.written_of(process);
        let (mut fields, mut locks) = (Vec::new(), Vec::new());
        let inherited = self.inherited_fields(template);
        for (at, field) in ast.fields.iter().enumerate() {
            if let Some(earlier) = inherited.iter().find(|other| other.text == field.name.text) {
                self.report.add(
                    twice(&field.name, earlier.span).help("give the field another name than that of the base class"),
                );
                continue;
            }
            if let Some(earlier) = ast.fields.iter().take(at).find(|other| other.name.text == field.name.text) {
                self.report.add(twice(&field.name, earlier.name.span));
                continue;
            }
            if at + inherited.len() >= limits::FIELDS_MAX {
                self.fits("fields of a class", at + inherited.len(), limits::FIELDS_MAX, field.name.span);
                break;
            }
            let number = (inherited.len() + fields.len()) as u8;
            let ty = self.variable_type(written, &field.ty, &field.name, FIELD);
            let initial = match ty {
                Some(Ty::Lock(kind)) => {
                    self.no_initial(field.initial.as_ref(), "a lock");
                    locks.extend(self.lock_field(process, &ast.name.text, number, kind, field));
                    0
                }
                // CreateEvent is the constructor's
                Some(Ty::Handle) if self.begins_with_event(field) => 0,
                _ => self.initial(field, ty),
            };
            self.counted.fields.extend(field.ty.library.map(|row| ((template, fields.len() as u8), row)));
            if field.ty.atomic {
                self.atomic_fields.insert((template, number));
            }
            fields.push(Field { name: field.name.text.clone(), ty: ty.unwrap_or(BROKEN), initial });
        }
        (fields, locks)
    }

    /// The constructor of a class, which makes the events that fields begin with. The run-time makes one if nobody wrote it.
    pub(super) fn constructor(&mut self, home: Home, ast: &'a ast::Class) -> Option<FunctionId> {
        let name = format!("{0}.{0}", ast.name.text);
        let events = ast.fields.iter().any(|field| self.begins_with_event(field));
        let id = match &ast.constructor {
            Some(function) => {
                self.without_parameters(function, "a constructor");
                self.function(home, name, function)
            }
            None if events || home.class.is_some_and(|(_, template)| self.base_constructs(template)) => {
                let signature = (Ty::Void, false, Vec::new());
                self.declare_function(home, name, signature, Vec::new(), None, ast.name.span)
            }
            None => return None,
        };
        if let Some(last) = self.pending.last_mut() {
            last.fields = &ast.fields;
        }
        // `return E_FAIL;` stands for a CreateInstance or FinalConstruct that fails
        let mut answers = false;
        if let Some(function) = &ast.constructor {
            walk::block(&function.body, &mut |node| {
                answers |= matches!(node, Node::Statement(at) if matches!(at.kind, StatementKind::Return(Some(_))));
            });
        }
        if let Some(function) = self.program.functions.get_mut(usize::from(id)).filter(|_| answers) {
            function.result = Ty::Code;
        }
        Some(id)
    }

    /// The destructor of a class: the run-time makes one that releases counted fields.
    pub(super) fn destructor(&mut self, home: Home, ast: &'a ast::Class) -> Option<FunctionId> {
        let name = format!("{0}.~{0}", ast.name.text);
        let counted =
            ast.fields.iter().any(|field| matches!(field.ty.kind, ast::TypeKind::ComPtr(_)) || field.end.is_some());
        let id = match &ast.destructor {
            Some(function) => {
                self.without_parameters(function, "a destructor");
                self.function(home, name, function)
            }
            None if counted || home.class.is_some_and(|(_, template)| self.base_destroys(template)) => {
                let signature = (Ty::Void, false, Vec::new());
                self.declare_function(home, name, signature, Vec::new(), None, ast.name.span)
            }
            None => return None,
        };
        if let Some(last) = self.pending.last_mut() {
            last.destructor = true;
            last.fields = &ast.fields;
        }
        Some(id)
    }

    fn without_parameters(&mut self, function: &ast::Function, what: &str) {
        if let Some((ty, name)) = function.parameters.first() {
            self.report.add(
                Diagnostic::error("R0507", format!("{what} has no parameters"), ty.span.to(name.span), "not here")
                    .help("set fields in a method that is called behind `new`"),
            );
        }
    }
}
