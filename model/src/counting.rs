//! AddRef and Release of classes that count their objects themselves.

use crate::program::FunctionId;
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
