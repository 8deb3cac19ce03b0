//! Which objects have which interfaces, and which function a call of a method leads to.

use std::collections::BTreeSet;

use super::{Api, Class, FunctionId, Iid, Op, ProcessId, Program, TemplateId};
use crate::operation::{Does, Use};
use crate::reduce::Kind;

impl Program {
    /// Does an object of a class have an interface? It has IUnknown, that of its own class, and those that its class names; one that stands
    /// for objects of another class has that class's too.
    pub fn has_interface(&self, class: &Class, wanted: Option<TemplateId>) -> bool {
        let stands_for = |wanted| {
            let mut others = self.classes.iter().filter(|other| other.unmarshaller == Some(class.template));
            others.any(|other| self.is_a(other.template, wanted))
        };
        wanted.is_none_or(|wanted| self.is_a(class.template, wanted) || stands_for(wanted))
    }

    /// Is every object of a class as written one of another, or does it have the interface?
    #[inline]
    pub fn is_a(&self, template: TemplateId, wanted: TemplateId) -> bool {
        template == wanted || self.templates[usize::from(template)].has.contains(&wanted)
    }

    /// The function behind a method of a class or interface as written, in a class: its own methods are meant by name.
    pub fn function_of(&self, class: &Class, template: TemplateId, method: u8) -> Option<FunctionId> {
        if class.template == template {
            return class.methods.get(usize::from(method)).copied();
        }
        let wanted = &self.templates[usize::from(template)].methods[usize::from(method)];
        let own = &self.templates[usize::from(class.template)].methods;
        let index = own.iter().position(|method| method.name == wanted.name)?;
        class.methods.get(index).copied()
    }

    /// The functions of a process that a call of a method can lead to, by the class of the object.
    pub fn targets(
        &self,
        process: ProcessId,
        template: TemplateId,
        method: u8,
    ) -> impl Iterator<Item = FunctionId> + use<'_> {
        let classes = self.classes.iter().filter(move |class| class.process == process);
        let such = classes.filter(move |class| self.is_a(class.template, template));
        such.filter_map(move |class| self.function_of(class, template, method))
    }

    /// Does an activation of a class ask for an interface that the class does not have?
    pub fn lacks(&self, class: usize, wanted: Iid) -> bool {
        !self.has_interface(&self.classes[class], wanted.0)
    }

    /// Is the call an activation that asks for an interface which its class does not have?
    pub fn refuses(&self, api: &Api) -> bool {
        let activates = api.row().may(Does::Activates) || api.row().may(Does::Constructs);
        let mut asked = None;
        api.visit(&mut |used| {
            if let Use::Asks(iid) = used {
                asked = Some(Iid(iid));
            }
        });
        activates && api.named(Kind::Class).zip(asked).is_some_and(|(class, iid)| self.lacks(class, iid))
    }

    /// The place of an interface among those that proxies ask for.
    #[inline]
    pub fn asked(&self, iid: Iid) -> Option<usize> {
        let wanted = iid.0?;
        self.asked.iter().position(|asked| *asked == wanted)
    }

    /// The interfaces that code asks for where an object could have more than one: whether a proxy has been asked for them before matters.
    /// A class whose objects have no other one hands it out with every pointer.
    pub fn interfaces_asked(&self) -> Vec<TemplateId> {
        let several = |wanted: TemplateId| {
            // what a factory is asked for is no interface by itself
            let template = self.templates.get(usize::from(wanted));
            let derived = self.templates.iter().any(|other| other.has.contains(&wanted));
            template.is_some_and(|template| template.interface || derived || !template.has.is_empty())
        };
        let mut found = BTreeSet::new();
        for op in self.functions.iter().flat_map(|function| &function.code) {
            let asks = matches!(op, Op::QueryInterface(..)) || op.may(Does::Queries) || op.may(Does::Writes);
            op.visit(&mut |used| {
                if let Use::Asks(Some(wanted)) = used
                    && asks
                    && several(wanted)
                {
                    found.insert(wanted);
                }
            });
        }
        found.into_iter().collect()
    }
}
