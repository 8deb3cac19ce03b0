//! The base class of a class: its fields come first, its methods are the class's unless it has its own, and its constructor and destructor are
//! called as C++ does.

use super::Lowering;
use super::body::{Body, Target};
use super::types::Value;
use crate::lang::ast::{self, Attribute, Expr, Name, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::limits;
use crate::program::{self, Class, ClassId, FunctionId, Op, Place, ProcessId, Signature, TemplateId, Ty};

impl<'a> Lowering<'a> {
    /// The base class among what a class names, which is a class of its process. Reports a second one.
    pub(super) fn base_class(&mut self, written: usize, ast: &'a ast::Class, template: TemplateId) -> Option<&'a Name> {
        let known = |name: &Name| {
            let list = self.templates.get(name.text.as_str())?;
            list.iter().find(|(index, _)| *index == written).map(|(_, id)| *id)
        };
        let mut found = ast.bases.iter().filter_map(|name| known(name).map(|id| (name, id)));
        let (name, base) = found.next()?;
        let second = found.next();
        if let Some((second, _)) = second {
            let diagnostic = Diagnostic::error("R0219", "a class has one base class", second.span, "a second one");
            self.report.add(diagnostic.also(name.span, "the first one").help(
                "declare what the classes have in common as an `interface`, or keep an object of one in a field of the other",
            ));
        }
        let mut above = Some(base);
        while let Some(at) = above {
            if at == template {
                let message = format!("`{}` derives from itself", ast.name.text);
                let diagnostic = Diagnostic::error("R0219", message, name.span, "a circle");
                self.report.add(diagnostic.help("delete one of the bases"));
                return Some(name);
            }
            above = self.bases.get(&at).copied();
        }
        self.bases.insert(template, base);
        Some(name)
    }

    /// The classes from which one derives, the nearest first.
    fn above(&self, template: TemplateId) -> Vec<TemplateId> {
        std::iter::successors(self.bases.get(&template).copied(), |at| self.bases.get(at).copied()).collect()
    }

    /// Classes with a base, those that derive from others behind them.
    fn by_depth(&self) -> Vec<(TemplateId, TemplateId)> {
        let mut all: Vec<_> = self.bases.iter().map(|(class, base)| (*class, *base)).collect();
        all.sort_by_key(|(class, _)| self.above(*class).len());
        all
    }

    /// The methods and interfaces that classes have from their bases.
    pub(super) fn inherit_methods(&mut self) {
        for (class, base) in self.by_depth() {
            let texts = self.class_texts.get(&class).copied().zip(self.class_texts.get(&base).copied());
            let templates =
                (self.program.templates.get(usize::from(class)), self.program.templates.get(usize::from(base)));
            let ((Some(text), base_text), (Some(own), Some(from))) = (texts.unzip(), templates) else { continue };
            let (own, from) = (own.clone(), from.clone());
            if let Some(base_text) = base_text {
                self.plain_classes(text, base_text);
            }
            let mut methods: Vec<Signature> = from.methods.clone();
            for method in &own.methods {
                match methods.iter().find(|known| known.name == method.name).cloned() {
                    None => methods.push(method.clone()),
                    Some(known) => {
                        self.overrides(text, &from, base, &known.name);
                        self.same_method(text, &from, &known, method);
                    }
                }
            }
            if !self.fits("methods of a class", methods.len(), limits::METHODS_MAX + 1, text.name.span) {
                methods.truncate(limits::METHODS_MAX);
            }
            let mut has = own.has;
            has.extend(from.has.iter().chain([&base]));
            has.sort_unstable();
            has.dedup();
            if let Some(entry) = self.program.templates.get_mut(usize::from(class)) {
                entry.methods = methods;
                entry.has = has;
            }
        }
    }

    /// Reports what is not modelled of a class with a base.
    fn plain_classes(&mut self, class: &'a ast::Class, base: &'a ast::Class) {
        for one in [class, base] {
            for attribute in &one.attributes {
                let (Attribute::NeverAnswers(name) | Attribute::As(name)) = attribute else { continue };
                let message = format!("`{}` cannot have a base class, or be one", one.name.text);
                let label = "its methods are called by the run-time, or never return";
                let diagnostic = Diagnostic::error("R0219", message, name.span, label);
                self.report.add(diagnostic.help("write the class out, without a base class"));
            }
        }
    }

    /// Reports a method that only hides that of the base: it is not virtual, so that a call through a pointer to the base is the base's.
    fn overrides(&mut self, class: &'a ast::Class, from: &program::Template, base: TemplateId, method: &str) {
        let above = [base].into_iter().chain(self.above(base));
        let texts = above.filter_map(|at| self.class_texts.get(&at));
        let said = texts.into_iter().any(|text| text.virtuals.iter().any(|name| name == method));
        let interfaces = from.has.iter().filter_map(|id| self.program.templates.get(usize::from(*id)));
        let of_interface =
            interfaces.filter(|one| one.interface).any(|one| one.methods.iter().any(|m| m.name == method));
        if said || of_interface {
            return;
        }
        let at = class.methods.iter().find(|one| one.name.text == method).map(|one| one.name.span);
        let message = format!("`{method}` of `{}` is not virtual", from.name);
        let diagnostic =
            Diagnostic::error("R0219", message, at.unwrap_or(class.name.span), "hides it, and does not override it");
        self.report.add(
            diagnostic.also(from.span, "the base class").help(format!(
                "write `virtual` before `{method}` in `{}`, or give one of them another name",
                from.name
            )),
        );
    }

    /// The names of the fields that a class has from its bases.
    pub(super) fn inherited_fields(&self, template: TemplateId) -> Vec<&'a Name> {
        let above = self.above(template);
        let texts = above.iter().rev().filter_map(|at| self.class_texts.get(at).copied());
        texts.flat_map(|text| text.fields.iter().map(|field| &field.name)).collect()
    }

    /// Does a base of the class have a constructor, written or for the events of its fields?
    pub(super) fn base_constructs(&self, template: TemplateId) -> bool {
        self.above(template)
            .iter()
            .filter_map(|at| self.class_texts.get(at))
            .any(|text| text.constructor.is_some() || text.fields.iter().any(|field| self.begins_with_event(field)))
    }

    /// Does a base of the class have a destructor, written or for its counted fields?
    pub(super) fn base_destroys(&self, template: TemplateId) -> bool {
        self.above(template).iter().filter_map(|at| self.class_texts.get(at)).any(|text| {
            let mut fields = text.fields.iter();
            let counted = fields.any(|field| matches!(field.ty.kind, ast::TypeKind::ComPtr(_)) || field.end.is_some());
            text.destructor.is_some() || counted
        })
    }

    /// The parts that the classes of a process copy have from their bases.
    pub(super) fn inherit(&mut self, process: ProcessId) {
        let mut derived = std::mem::take(&mut self.derived);
        let template = |this: &Self, id: ClassId| this.program.classes.get(usize::from(id)).map(|class| class.template);
        derived.sort_by_key(|(id, _)| template(self, *id).map_or(0, |template| self.above(template).len()));
        for (id, ast) in derived {
            let Some(own) = template(self, id) else { continue };
            let Some(base) = self.bases.get(&own).copied() else { continue };
            let found =
                self.program.classes.iter().position(|class| class.template == base && class.process == process);
            let Some((at, from)) = found.and_then(|at| Some((at, self.program.classes.get(at)?.clone()))) else {
                continue;
            };
            self.atomic_fields.extend(
                self.atomic_fields
                    .iter()
                    .filter(|(of, _)| *of == base)
                    .map(|(_, field)| (own, *field))
                    .collect::<Vec<_>>(),
            );
            let names: Vec<String> = self.methods_of(own);
            let inherited: Vec<String> = self.methods_of(base);
            self.fails_in_base(ast, &from);
            let Some(class) = self.program.classes.get_mut(usize::from(id)) else { continue };
            class.base = Some(at as ClassId);
            // who counts the base counts the whole object
            class.counting = class.counting.or(from.counting);
            class.fields.splice(0..0, from.fields);
            class.locks.splice(0..0, from.locks);
            let written = std::mem::take(&mut class.methods);
            class.methods = names
                .iter()
                .filter_map(|name| {
                    let own = ast.methods.iter().position(|method| method.name.text == *name);
                    let theirs = inherited.iter().position(|known| known == name);
                    let own = own.and_then(|at| written.get(at));
                    own.or_else(|| theirs.and_then(|at| from.methods.get(at))).copied()
                })
                .collect();
        }
    }

    fn methods_of(&self, template: TemplateId) -> Vec<String> {
        let found = self.program.templates.get(usize::from(template));
        found.into_iter().flat_map(|one| one.methods.iter().map(|method| method.name.clone())).collect()
    }

    /// A constructor of a base that answers with an HRESULT is not modelled: who would release what?
    fn fails_in_base(&mut self, ast: &'a ast::Class, base: &Class) {
        let constructor = base.constructor.and_then(|id| self.program.functions.get(usize::from(id)));
        if constructor.is_none_or(|function| function.result != Ty::Code) {
            return;
        }
        let message = format!("the constructor of the base class of `{}` can fail", ast.name.text);
        let diagnostic = Diagnostic::error("R0219", message, ast.name.span, "the base class answers with an HRESULT");
        self.report.add(diagnostic.help("do what can fail in a method that the class calls in its own constructor"));
    }
}

impl<'a> Body<'_, 'a> {
    /// A part of the base of the class around this code.
    pub(super) fn base_part<T>(&self, part: impl Fn(&Class) -> Option<T>) -> Option<T> {
        let classes = &self.low.program.classes;
        let base = classes.get(usize::from(self.class?))?.base?;
        classes.get(usize::from(base)).and_then(part)
    }

    /// Is it the constructor or the destructor of its class?
    pub(super) fn is_special(&self, function: FunctionId) -> bool {
        let class = self.class.and_then(|class| self.low.program.classes.get(usize::from(class)));
        class.is_some_and(|class| [class.constructor, class.destructor].contains(&Some(function)))
    }

    /// A constructor begins with that of the base class.
    pub(super) fn base_first(&mut self, function: FunctionId, span: Span) {
        let class = self.class.and_then(|class| self.low.program.classes.get(usize::from(class)));
        if class.is_none_or(|class| class.constructor != Some(function)) {
            return;
        }
        if let Some(constructor) = self.base_part(|base| base.constructor) {
            self.emit(Op::Call(constructor, vec![program::Expr::Read(Place::Local(0))], None), span);
        }
    }

    /// Does the call of a method of the own object go to the class of the object: does some class that derives from this one override it? In
    /// a constructor or destructor the object is one of this class.
    pub(super) fn is_overridden(&self, template: TemplateId, method: u8, function: FunctionId) -> bool {
        let mut targets = self.low.program.targets(self.process, template, method);
        !self.special && targets.any(|target| target != function)
    }

    /// `Base::Work(…)`: the method of that class, whatever class the object is of.
    pub(super) fn qualified_call(
        &mut self,
        name: &'a Name,
        class: &str,
        method: &str,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Value {
        let own = self.class.and_then(|class| self.low.program.classes.get(usize::from(class)));
        let mut above = std::iter::successors(own, |class| self.low.program.classes.get(usize::from(class.base?)));
        let templates = &self.low.program.templates;
        let found = above.find_map(|one| {
            let described = templates.get(usize::from(one.template)).filter(|described| described.name == class)?;
            let index = described.methods.iter().position(|known| known.name == method)?;
            Some((described.methods.get(index)?.clone(), *one.methods.get(index)?))
        });
        let Some((signature, function)) = found else {
            let message = format!("`{class}` is no base class here that has a `{method}`");
            let diagnostic = Diagnostic::error("R0219", message, name.span, "not a method of a base class");
            self.report(diagnostic.help("only methods of the class and of its bases are called so"));
            return Value::error(span);
        };
        let parameters = (signature.parameters.as_slice(), signature.outs);
        let (arguments, back) = self.arguments(name, arguments, parameters, Some((function, 1)), span);
        let dst = self.destination(signature.result, target, span);
        let all = std::iter::once(program::Expr::Read(Place::Local(0))).chain(arguments).collect();
        self.emit(Op::Call(function, all, dst), span);
        self.put_back(back, span);
        self.delivered(dst, signature.result, target, span)
    }
}
