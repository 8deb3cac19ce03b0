//! Interfaces: which methods they have, which classes have them, and what converts to a pointer to one.
//!
//! An interface is a template without a class. A call through it is dispatched by the class of the object, by the name of the method; so the
//! methods of a class that has it must be its methods, type by type.

use std::collections::BTreeSet;

use super::Lowering;
use super::names::twice;
use super::types::{BROKEN, Type, Value, compatible};
use crate::lang::ast::{self, Item, Member, Name, Span, TypeKind};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::limits;
use crate::lang::suggest::suggest;
use crate::lang::system;
use crate::program::{self, Expr, Signature, TemplateId, Ty};

/// Where interfaces are written: in no process, for all.
const SHARED: usize = usize::MAX;

/// What IUnknown has, and every interface with it.
const UNKNOWN: [&str; 3] = ["AddRef", "Release", "QueryInterface"];

/// Something that only a class can be was asked of an interface.
pub(super) fn no_class(name: &Name, interface: &str) -> Diagnostic {
    Diagnostic::error("R0217", format!("`{interface}` is an interface, not a class"), name.span, "has no objects")
        .help(format!("name a class that has it: `class Widget : {interface}`"))
}

/// A field was asked of an interface.
pub(super) fn no_field(name: &Name, interface: &str, declared: Span) -> Diagnostic {
    let message = format!("`{interface}` is an interface, and has no fields");
    Diagnostic::error("R0207", message, name.span, "the object may be of any class that has it")
        .also(declared, "declared here")
        .help("ask with a method of the interface, or keep a pointer to the class")
}

impl<'a> Lowering<'a> {
    /// Templates of the interfaces, behind those of the classes.
    pub(super) fn interface_templates(&mut self, scenario: &'a ast::Scenario) {
        for item in &scenario.items {
            let Item::Interface(ast) = item else { continue };
            let name = ast.name.text.as_str();
            if matches!(name, "IUnknown" | "IStream" | "IGlobalInterfaceTable") {
                let message = format!("`{name}` is COM's own");
                let diagnostic = Diagnostic::error("R0209", message, ast.name.span, "not a name for an interface");
                self.report.add(diagnostic.help("delete the declaration: it is there already"));
                continue;
            }
            let earlier = self.templates.get(name).and_then(|list| list.first()).map(|(_, id)| usize::from(*id));
            if let Some(earlier) = earlier.and_then(|id| self.program.templates.get(id)) {
                let help = "an interface is declared once, for all processes; classes have other names";
                self.report.add(twice(&ast.name, earlier.span).help(help));
                continue;
            }
            let id = self.program.templates.len();
            if !self.fits("classes and interfaces", id, limits::ENTITIES_MAX, ast.name.span) {
                return;
            }
            self.program.templates.push(program::Template {
                name: ast.name.text.clone(),
                methods: Vec::new(),
                interface: true,
                has: Vec::new(),
                span: ast.name.span,
            });
            self.templates.entry(&ast.name.text).or_default().push((SHARED, id as TemplateId));
            self.interfaces.push((ast, id as TemplateId));
        }
    }

    /// The methods of the interfaces, those that they derive first.
    pub(super) fn interface_signatures(&mut self) {
        let interfaces = self.interfaces.clone();
        for (ast, id) in &interfaces {
            let bases = self.bases(ast.bases.iter(), None);
            if bases.contains(id) {
                let message = format!("`{}` derives from itself", ast.name.text);
                self.report.add(
                    Diagnostic::error("R0217", message, ast.name.span, "a circle").help("delete one of the bases"),
                );
                continue;
            }
            if let Some(entry) = self.program.templates.get_mut(usize::from(*id)) {
                entry.has = bases;
            }
        }
        for (ast, id) in &interfaces {
            let bases = self.program.templates.get(usize::from(*id)).map(|entry| entry.has.clone()).unwrap_or_default();
            let inherited = interfaces.iter().filter(|(_, other)| bases.contains(other));
            let all = inherited.map(|(other, _)| *other).chain([*ast]).flat_map(|one| &one.methods);
            let mut methods: Vec<Signature> = Vec::new();
            let mut seen: Vec<&Name> = Vec::new();
            for method in all {
                if let Some(earlier) = seen.iter().find(|earlier| earlier.text == method.name.text) {
                    self.report.add(twice(&method.name, earlier.span).help("methods are not overloaded"));
                    continue;
                }
                if UNKNOWN.contains(&method.name.text.as_str()) {
                    let message = format!("`{}` is IUnknown's own", method.name.text);
                    let diagnostic =
                        Diagnostic::error("R0209", message, method.name.span, "every interface has it already");
                    self.report.add(diagnostic.help("leave it out"));
                    continue;
                }
                seen.push(&method.name);
                let parameters = method.parameters.iter();
                let parameters = parameters.map(|(ty, name)| self.parameter_type(SHARED, ty, name)).collect();
                let result = self.result_type(SHARED, &method.result).0;
                let outs = self.outs(method, 0);
                let signature = Signature { name: method.name.text.clone(), parameters, outs, result };
                self.hands_one_back(method, &signature);
                methods.push(signature);
            }
            self.fits("parameters of a method", most(&methods), crate::bounds::ARGUMENTS_MAX + 1, ast.name.span);
            if !self.fits("methods of an interface", methods.len(), limits::METHODS_MAX + 1, ast.name.span) {
                methods.truncate(limits::METHODS_MAX);
            }
            if let Some(entry) = self.program.templates.get_mut(usize::from(*id)) {
                entry.methods = methods;
            }
        }
    }

    /// The interfaces that are named, and all from which they derive, in the order of their templates. `written` is the process of the class
    /// that names them.
    fn bases(&mut self, names: impl Iterator<Item = &'a Name>, written: Option<usize>) -> Vec<TemplateId> {
        let mut found: BTreeSet<TemplateId> = BTreeSet::new();
        let mut open: Vec<&'a Name> = names.collect();
        open.reverse();
        while let Some(name) = open.pop() {
            if name.text == "IUnknown" {
                continue;
            }
            let interface = self.interfaces.iter().find(|(ast, _)| ast.name.text == name.text);
            match interface.copied() {
                Some((ast, id)) if found.insert(id) => open.extend(ast.bases.iter().rev()),
                Some(_) => {}
                None => self.no_interface(name, written),
            }
        }
        found.into_iter().collect()
    }

    /// Reports a base that is no interface of the scenario.
    fn no_interface(&mut self, name: &Name, written: Option<usize>) {
        if let Some(list) = self.templates.get(name.text.as_str()) {
            let declared = list.first().and_then(|(_, id)| self.program.templates.get(usize::from(*id)));
            let message = format!("`{}` is a class, not an interface", name.text);
            let label = "not of this process, or of an interface";
            let diagnostic = Diagnostic::error("R0217", message, name.span, label);
            let diagnostic = match declared {
                Some(declared) => diagnostic.also(declared.span, "declared here"),
                None => diagnostic,
            };
            return self.report.add(diagnostic.help(
                "declare the base class in the process of the class; an interface derives from interfaces only",
            ));
        }
        let message = format!("unknown interface `{}`", name.text);
        let diagnostic = Diagnostic::error("R0217", message, name.span, "not declared");
        let known = self.interfaces.iter().map(|(ast, _)| ast.name.text.as_str());
        let diagnostic = match (suggest(&name.text, known), system::ty(&name.text)) {
            (Some(near), _) => diagnostic.help(format!("did you mean `{near}`?")),
            (None, Some(instead)) => diagnostic.help(instead),
            (None, None) => diagnostic,
        };
        self.report.add(diagnostic.help(format!(
            "declare it, at the top of the scenario: `interface {} {{ HRESULT Work(); }};`, or leave it out{}",
            name.text,
            if written.is_some() { ": every class has IUnknown and an interface of its own" } else { "" },
        )));
    }

    /// The interfaces that classes name, and whether they have their methods.
    pub(super) fn interfaces_of_classes(&mut self) {
        let mut classes: Vec<(&'a ast::Class, TemplateId)> = Vec::new();
        for index in 0..self.written.len() {
            for (_, member) in self.members_of(index) {
                let Member::Class(ast) = member else { continue };
                let Some(template) = self.template_at(index, &ast.name) else { continue };
                if let Some((at, name)) = again(&ast.bases) {
                    self.report.add(twice(name, at));
                }
                self.class_texts.insert(template, ast);
                let base = self.base_class(index, ast, template);
                let interfaces = ast.bases.iter().filter(|name| base.is_none_or(|base| !std::ptr::eq(base, *name)));
                let has = self.bases(interfaces, Some(index));
                if let Some(entry) = self.program.templates.get_mut(usize::from(template)) {
                    entry.has = has;
                }
                classes.push((ast, template));
            }
        }
        self.inherit_methods();
        self.words_of_interfaces(&classes);
        for (ast, template) in classes {
            let has = self.program.templates.get(usize::from(template)).map(|entry| entry.has.clone());
            for one in has.unwrap_or_default() {
                if self.program.templates.get(usize::from(one)).is_some_and(|one| one.interface) {
                    self.has_methods(ast, template, one);
                }
            }
        }
    }

    /// A DWORD is a cookie or what a wait has answered: which of them in an interface is said by the classes that have it.
    fn words_of_interfaces(&mut self, classes: &[(&'a ast::Class, TemplateId)]) {
        for (ast, id) in self.interfaces.clone() {
            for method in &ast.methods {
                let name = method.name.text.as_str();
                let such = classes.iter().map(|(_, template)| *template);
                let such = such.filter(|template| self.program.is_a(*template, id));
                let own = such.filter_map(|template| self.method_of(template, name)).next().cloned();
                let Some(own) = own else { continue };
                let Some(entry) = self.program.templates.get_mut(usize::from(id)) else { continue };
                let Some(signature) = entry.methods.iter_mut().find(|method| method.name == name) else { continue };
                for ((ty, _), (here, there)) in
                    method.parameters.iter().zip(signature.parameters.iter_mut().zip(&own.parameters))
                {
                    if ty.kind == TypeKind::Dword {
                        *here = *there;
                    }
                }
                if method.result.kind == TypeKind::Dword {
                    signature.result = own.result;
                }
            }
        }
    }

    pub(super) fn method_of(&self, template: TemplateId, name: &str) -> Option<&Signature> {
        self.program.templates.get(usize::from(template))?.methods.iter().find(|method| method.name == name)
    }

    /// Reports what a class lacks of an interface.
    fn has_methods(&mut self, ast: &'a ast::Class, template: TemplateId, interface: TemplateId) {
        let Some(described) = self.program.templates.get(usize::from(interface)).cloned() else { return };
        let mut missing = Vec::new();
        for wanted in &described.methods {
            match self.method_of(template, &wanted.name).cloned() {
                None => missing.push(wanted),
                Some(own) => self.same_method(ast, &described, wanted, &own),
            }
        }
        let [first, others @ ..] = missing.as_slice() else { return };
        let named = ast.bases.iter().find(|name| name.text == described.name).unwrap_or(&ast.name);
        let names: Vec<String> = missing.iter().map(|method| format!("`{}`", method.name)).collect();
        let verb = if others.is_empty() { "is" } else { "are" };
        let message = format!("`{}` does not have all methods of `{}`", ast.name.text, described.name);
        let label = format!("{} {verb} missing", names.join(", "));
        let written = self.signature(first);
        self.report.add(
            Diagnostic::error("R0218", message, named.span, label)
                .also(described.span, "the interface")
                .help(format!("write it into the class: `{written} {{ … }}`")),
        );
    }

    /// Reports a method of a class that has other types than that of the interface.
    pub(super) fn same_method(
        &mut self,
        ast: &'a ast::Class,
        described: &program::Template,
        wanted: &Signature,
        own: &Signature,
    ) {
        let known = |method: &Signature| method.result != BROKEN || !method.parameters.contains(&BROKEN);
        let same = own.result == wanted.result && own.parameters == wanted.parameters && own.outs == wanted.outs;
        if same || !known(own) || !known(wanted) {
            return;
        }
        let at = ast.methods.iter().find(|method| method.name.text == own.name).map(|method| method.name.span);
        let message = format!("`{}` has other types than in `{}`", own.name, described.name);
        let written = self.signature(wanted);
        self.report.add(
            Diagnostic::error("R0218", message, at.unwrap_or(ast.name.span), "not the method of the interface")
                .also(described.span, "the interface")
                .help(format!("write `{written}` in both, with the same ranges")),
        );
    }

    /// A method as it is declared.
    pub(super) fn signature(&self, method: &Signature) -> String {
        let written = |ty: Ty| self.ty_name(ty).replace('`', "");
        let parameters: Vec<String> = method.parameters.iter().map(|ty| written(*ty)).collect();
        format!("{} {}({})", written(method.result), method.name, parameters.join(", "))
    }

    /// Which interfaces proxies ask for. There can be as many as a proxy has bits for them.
    pub(super) fn interfaces_asked(&mut self, scenario: &ast::Scenario) {
        let mut asked = self.program.interfaces_asked();
        let most = u8::BITS as usize;
        let first = scenario.items.iter().find_map(|item| match item {
            Item::Interface(ast) => Some(ast.name.span),
            _ => None,
        });
        if !self.fits("interfaces that are asked for", asked.len(), most + 1, first.unwrap_or_default()) {
            asked.truncate(most);
        }
        self.program.asked = asked;
    }

    /// Is it the name of an interface?
    pub(super) fn is_interface(&self, list: &[(usize, TemplateId)]) -> bool {
        let such = |id: TemplateId| self.program.templates.get(usize::from(id)).is_some_and(|one| one.interface);
        list.iter().any(|(_, id)| such(*id))
    }

    /// A pointer to a class, or to an interface, as one to an interface.
    pub(super) fn as_interface(&mut self, value: Value, from: TemplateId, to: TemplateId, ty: Ty) -> Expr {
        let (found, wanted) = (self.type_name(value.ty), self.type_name(Type::Is(ty)));
        let templates = (usize::from(from), usize::from(to));
        let described = self.program.templates.get(templates.0).zip(self.program.templates.get(templates.1));
        let Some((a, b)) = described else { return Expr::Const(0) };
        let elsewhere = !self.templates.get(a.name.as_str()).is_some_and(|list| list.contains(&(self.here, from)));
        let has = self.program.is_a(from, to);
        if has && (a.interface || !elsewhere) {
            return value.expr;
        }
        let diagnostic = Diagnostic::error(
            "R0308",
            format!("{found} is not {wanted}"),
            value.span,
            if has { "an object of another process".to_owned() } else { format!("expected {wanted}") },
        );
        // a cast down the line of bases is dropped like any other, and cannot be checked
        let down = a.interface || self.program.is_a(to, from);
        let diagnostic = match (has, down, b.interface) {
            (true, ..) => diagnostic.help(format!(
                "a proxy is asked for each interface: write `p->QueryInterface(IID_{}{}, (void**)&q)`",
                if b.interface { "" } else { "I" },
                b.name
            )),
            (false, true, _) => diagnostic.help(format!(
                "what it points at can be of any class that has `{}`: ask it, with QueryInterface",
                a.name
            )),
            (false, false, true) => {
                diagnostic.help(format!("if the class has the interface, it says so: `class {} : {}`", a.name, b.name))
            }
            (false, false, false) => {
                diagnostic.help("objects of one class are not objects of another; `IUnknown*` points at any")
            }
        };
        self.report.add(diagnostic);
        Expr::Const(0)
    }

    /// What two pointers point at that go together: the one that the other converts to. None if they do not.
    pub(super) fn related(&self, a: Option<TemplateId>, b: Option<TemplateId>) -> Option<Option<TemplateId>> {
        if compatible(a, b) {
            return Some(if a == b { a } else { None });
        }
        let (from, to) = a.zip(b)?;
        match (self.program.is_a(from, to), self.program.is_a(to, from)) {
            (true, _) => Some(b),
            (false, true) => Some(a),
            (false, false) => None,
        }
    }

    /// Can a variable hold what is asked for by an interface: the interface itself, one that derives from it, or anything for IUnknown?
    pub(super) fn delivers(&self, wanted: Option<TemplateId>, held: Option<TemplateId>) -> bool {
        let derives = |wanted: TemplateId, held| {
            let interface = self.program.templates.get(usize::from(wanted)).is_some_and(|one| one.interface);
            interface && self.program.is_a(wanted, held)
        };
        compatible(wanted, held) || wanted.zip(held).is_some_and(|(wanted, held)| derives(wanted, held))
    }
}

/// The most parameters that a method has.
fn most(methods: &[Signature]) -> usize {
    methods.iter().map(|method| method.parameters.len()).max().unwrap_or(0)
}

/// A name that stands twice in a list, and where it stands first.
fn again(names: &[Name]) -> Option<(Span, &Name)> {
    names.iter().enumerate().find_map(|(at, name)| {
        let earlier = names.iter().take(at).find(|earlier| earlier.text == name.text)?;
        Some((earlier.span, name))
    })
}
