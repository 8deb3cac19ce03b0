//! What code of a class runs when its objects are made and counted.

use crate::program::{Class, FunctionId, Program, Ty};
use crate::state::FrameKind;

/// AddRef and Release of a class that counts its objects itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counting {
    /// AddRef. Slot 0 is `this`.
    pub add_reference: FunctionId,
    /// Release. Slot 0 is `this`.
    pub release: FunctionId,
    /// `new` gives an object with a reference: its count does not begin with 0.
    pub begins_held: bool,
}

impl Counting {
    /// The frames that count, and how they can come to be.
    pub(crate) fn frames(self) -> [(FunctionId, FrameKind); 4] {
        [
            (self.add_reference, FrameKind::Counting),
            (self.add_reference, FrameKind::Connecting),
            (self.release, FrameKind::Counting),
            (self.release, FrameKind::Disconnecting),
        ]
    }
}

impl Program {
    /// Does the constructor of a class answer with an HRESULT?
    pub fn constructor_answers(&self, class: usize) -> bool {
        let constructor = self.classes[class].constructor.and_then(|id| self.functions.get(usize::from(id)));
        constructor.is_some_and(|function| function.result == Ty::Code)
    }

    /// What an in-process activation of a class makes: an object of it, and its factory.
    pub fn made_with(&self, class: usize) -> impl Iterator<Item = &Class> {
        let class = &self.classes[class];
        std::iter::once(class).chain(class.factory.map(|factory| &self.classes[usize::from(factory)]))
    }
}
