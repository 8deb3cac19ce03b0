//! The user's own claims: conditions over global variables and the run-time's state.
//!
//! They read the whole scenario at one instant: no calls, no choices, no `this`.

use super::Lowering;
use super::api::{QUESTIONS, is_question};
use super::expressions::{bit_or, choose, negate, operator};
use super::names::Entity;
use super::paths::Target;
use super::report::unknown;
use super::types::{ANY_INT, Value};
use super::variables::integer;
use crate::codes::Code;
use crate::lang::ast::{self, ExprKind, Item, Name, Path, Scenario, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::program::{Claim, ClaimKind, Expr, Place, Probe, Ty};

impl<'a> Lowering<'a> {
    pub(super) fn claims(&mut self, scenario: &'a Scenario) {
        for item in &scenario.items {
            let (ast, kind) = match item {
                Item::Never(claim) => (claim, ClaimKind::Never),
                Item::Reachable(claim) => (claim, ClaimKind::Reachable),
                Item::Eventually(claim) => (claim, ClaimKind::Eventually),
                Item::Source(..)
                | Item::Rules(_)
                | Item::Process(_)
                | Item::Variable(_)
                | Item::MayLosePackets(_)
                | Item::MayFail(_)
                | Item::Expect(_)
                | Item::Check { .. }
                | Item::Reading { .. }
                | Item::Fault(_)
                | Item::Bounds(_)
                | Item::Macro(_)
                | Item::Interface(_) => continue,
            };
            self.claim_name(&ast.name);
            if !self.fits("claims", self.program.claims.len(), crate::lang::limits::ENTITIES_MAX, ast.span) {
                return;
            }
            let condition = self.claim_condition(&ast.condition);
            let after = ast.after.as_ref().map(|after| self.claim_condition(after));
            self.program.claims.push(Claim { name: ast.name.text.clone(), kind, condition, after, span: ast.span });
        }
    }

    /// A condition over the whole scenario at one instant.
    pub(super) fn claim_condition(&mut self, expr: &ast::Expr) -> Expr {
        let value = self.claim_value(expr);
        self.truth(value)
    }

    fn claim_value(&mut self, expr: &ast::Expr) -> Value {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Int(value) => integer(*value, span),
            ExprKind::Bool(value) => Value::constant(i64::from(*value), Ty::Bool, span),
            ExprKind::Null => Value::null(span),
            ExprKind::Name(name) => match Code::by_name(&name.text) {
                Some(code) => Value::code(code, span),
                None => self.claim_variable(&single(name)),
            },
            ExprKind::Path(path) => self.claim_variable(path),
            ExprKind::Call(name, arguments) => self.question(name, arguments, span),
            ExprKind::Not(inner) => {
                let value = self.claim_value(inner);
                if value.ty == super::types::Type::Error {
                    return value;
                }
                let truth = self.truth(value);
                Value::new(Expr::Not(Box::new(truth)), Ty::Bool, span)
            }
            ExprKind::Negate(inner) => {
                let value = self.claim_value(inner);
                negate(self, value, span)
            }
            ExprKind::Binary(sign, left, right) => {
                let (left, right) = (self.claim_value(left), self.claim_value(right));
                match operator(*sign) {
                    Some(operator) => self.binary(operator, left, right, span),
                    None => {
                        self.report.add(bit_or(span));
                        Value::error(span)
                    }
                }
            }
            ExprKind::Choose(condition, yes, no) => {
                let (condition, yes, no) = (self.claim_value(condition), self.claim_value(yes), self.claim_value(no));
                choose(self, condition, yes, no, span)
            }
            ExprKind::Lambda(_) => self.not_in_a_claim(span, "a claim is one condition"),
            ExprKind::Assign(..) => self.not_in_a_claim(span, "a claim changes nothing; compare with `==`"),
            ExprKind::Field(..) => self.not_in_a_claim(
                span,
                "a field belongs to an object: keep what a claim asks in a variable of the process",
            ),
            ExprKind::Index(..) => {
                self.not_in_a_claim(span, "a claim names one element, with a number: `host.busy[0]`")
            }
            ExprKind::This | ExprKind::Method(..) | ExprKind::New(..) | ExprKind::AddressOf(_) => self.not_in_a_claim(
                span,
                "a claim reads variables of processes and asks questions such as `alive(Widget)`",
            ),
            ExprKind::Error => Value::error(span),
        }
    }

    fn not_in_a_claim(&mut self, span: Span, help: &str) -> Value {
        self.report.add(Diagnostic::error("R0406", "a claim only looks", span, "not in a claim").help(help));
        Value::error(span)
    }

    fn claim_variable(&mut self, path: &Path) -> Value {
        let Some(target) = self.resolve(path) else { return Value::error(path.span) };
        let Target::Entity(entity) = target else {
            return self.not_in_a_claim(path.span, "a process is no value; ask `exited(process)`");
        };
        let Entity::Global(id) = entity else {
            let help = match entity {
                Entity::Event(_) => "ask `is_set(event)`",
                Entity::Thread(_) | Entity::Threads(..) => "ask `ended(thread)`",
                Entity::Module(_) => "ask `loaded(module)`",
                Entity::Class(_) => "ask `alive(Class)`, `connected(Class)`, `pending(Class)` …",
                Entity::Context(_)
                | Entity::Function(_)
                | Entity::Global(_)
                | Entity::Section(_)
                | Entity::Srw(_)
                | Entity::Condition(_)
                | Entity::Stream(_) => "read a variable of a process",
            };
            self.report.add(
                Diagnostic::error(
                    "R0203",
                    format!("this is {}, not a value", entity.noun()),
                    path.span,
                    "expected a value",
                )
                .help(help),
            );
            return Value::error(path.span);
        };
        match self.program.globals.get(id as usize).map(|global| global.ty) {
            Some(ty) => Value::read(Place::Global(id), ty, path.span),
            None => Value::error(path.span),
        }
    }

    fn question(&mut self, name: &Name, arguments: &[ast::Expr], span: Span) -> Value {
        if let ("SUCCEEDED" | "FAILED", [argument]) = (name.text.as_str(), arguments) {
            let value = self.claim_value(argument);
            let succeeded = Expr::Succeeded(Box::new(self.convert(value, Ty::Code)));
            let expr = if name.text == "FAILED" { Expr::Not(Box::new(succeeded)) } else { succeeded };
            return Value::new(expr, Ty::Bool, span);
        }
        if !is_question(&name.text) {
            let known = QUESTIONS.into_iter().chain(["SUCCEEDED", "FAILED"]);
            let diagnostic = unknown("R0206", "question", &name.text, name.span, known);
            self.report.add(diagnostic.help(format!("a claim can ask {}", QUESTIONS.join(", "))));
            return Value::error(span);
        }
        let path = match arguments {
            [] if name.text == "packets" => return Value::new(Expr::Probe(Probe::Packets), ANY_INT, span),
            [ast::Expr { kind: ExprKind::Name(of), .. }] if name.text != "packets" => single(of),
            [ast::Expr { kind: ExprKind::Path(path), .. }] if name.text != "packets" => path.clone(),
            [ast::Expr { kind: ExprKind::Error, .. }] => return Value::error(span),
            _ => {
                let wanted = if name.text == "packets" { "nothing" } else { "one name" };
                let message = format!("`{}` is asked of {wanted}", name.text);
                self.report.add(Diagnostic::error("R0302", message, span, "wrong arguments"));
                return Value::error(span);
            }
        };
        match self.probe(name, &path) {
            Some((probe, ty)) => Value::new(Expr::Probe(probe), ty, span),
            None => Value::error(span),
        }
    }

    fn probe(&mut self, name: &Name, path: &Path) -> Option<(Probe, Ty)> {
        let counts = matches!(name.text.as_str(), "alive" | "connected" | "disconnecting" | "pending");
        if counts {
            // The copies of a process share their classes as written, so that no copy has to be named.
            let template = self.counted_class(path)?;
            return Some((
                match name.text.as_str() {
                    "alive" => Probe::Alive(template),
                    "connected" => Probe::Connected(template),
                    "disconnecting" => Probe::Disconnecting(template),
                    _ => Probe::Pending(template),
                },
                ANY_INT,
            ));
        }
        let target = self.resolve(path)?;
        let wanted = match (name.text.as_str(), target) {
            ("loaded", Target::Entity(Entity::Module(id))) => return Some((Probe::Loaded(id), Ty::Bool)),
            ("ended", Target::Entity(Entity::Thread(id))) => return Some((Probe::Ended(id), Ty::Bool)),
            ("exited", Target::Process(id)) => return Some((Probe::Exited(id), Ty::Bool)),
            ("is_set", Target::Entity(Entity::Event(id))) => return Some((Probe::IsSet(id), Ty::Bool)),
            ("is_set", Target::Entity(Entity::Global(id))) if self.event_of_variable(id).is_some() => {
                return self.event_of_variable(id).map(|event| (Probe::IsSet(event), Ty::Bool));
            }
            ("registered", Target::Entity(Entity::Class(id))) => return Some((Probe::Registered(id), Ty::Bool)),
            ("loaded", _) => "a module",
            ("ended", _) => "a thread",
            ("exited", _) => "a process",
            ("is_set", _) => "an event",
            _ => "a class",
        };
        let message = format!("`{}` is asked of {wanted}", name.text);
        self.report.add(Diagnostic::error("R0203", message, path.span, format!("expected {wanted}")));
        None
    }

    fn counted_class(&mut self, path: &Path) -> Option<crate::program::TemplateId> {
        if let [(name, None)] = path.parts.as_slice()
            && let Some([(_, one)]) = self.templates.get(name.text.as_str()).map(Vec::as_slice)
        {
            return Some(*one);
        }
        match self.resolve(path)? {
            Target::Entity(Entity::Class(id)) => self.program.classes.get(id as usize).map(|class| class.template),
            Target::Entity(_) | Target::Process(_) => {
                self.report.add(Diagnostic::error("R0203", "this is not a class", path.span, "expected a class"));
                None
            }
        }
    }
}

/// A name as a path of one part.
fn single(name: &Name) -> Path {
    Path { parts: vec![(name.clone(), None)], span: name.span }
}
