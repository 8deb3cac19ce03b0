//! A marshal packet of each kind: what CoMarshalInterface wrote and somebody still has to read or release.

use super::{At, Cell, Matrix};
use crate::program::PacketKind;
use crate::rules::Rule;

lifecycle! {
    /// A marshalled object reference in flight.
    "packet (normal)" PacketPhase [
        Absent "Not there.",
        InFlight "Written; it holds its reference.",
        Read "Unmarshalled; its reference has moved.",
        Released "Its reference was given back, or went with its stub manager.",
        Lost "It vanished, or was spent, with its reference.",
        Due "Lost, and the last client that pinged its object has gone: its reference is to be taken back.",
        RunDown "Its reference was taken back by the run-time.",
    ]
    PacketEvent {
        /// CoMarshalInterface.
        Write: Absent > InFlight, InFlight ! PktNormal, Read ! PktOnce, Released ! PktRelease, Lost ! PktLost, Due ! PktLost, RunDown ! PktGone;
        /// CoUnmarshalInterface.
        Unmarshal: Absent ! PktRewind, InFlight > Read, Read ! PktOnce, Released ! PktDead, Lost ! PktLost, Due ! PktLost, RunDown ! PktDead;
        /// CoReleaseMarshalData.
        Release: Absent ! PktRewind, InFlight > Released, Read ! PktSpent, Released ! PktSpent, Lost ! PktLost, Due ! PktLost, RunDown ! PktGone;
        /// CoReleaseMarshalData in another apartment, under the reading `foreign_release = leaks`.
        ReleaseElsewhere: Absent ! PktRewind, InFlight > Lost, Read ! PktSpent, Released ! PktSpent, Lost ! PktLost, Due ! PktLost, RunDown ! PktGone;
        /// The stream or reply that carries it vanishes.
        Lose: Absent ! PktLost, InFlight > Lost, Read ! PktLost, Released ! PktLost, Lost ! PktLost, Due ! PktLost, RunDown ! PktLost;
        /// The run-time takes the reference back.
        RunDown: Absent ! PingUnread, InFlight > RunDown, Read ! PingUnread, Released ! PingUnread, Lost > RunDown, Due ! PingReclaim, RunDown ! PingLost;
        /// The last client that pinged the object has gone.
        Unping: Absent ! PingReclaim, InFlight ! PingReclaim, Read ! PingReclaim, Released ! PingReclaim, Lost > Due, Due ! PingReclaim, RunDown ! PingReclaim;
        /// The run-time takes back what is due.
        Reclaim: Absent ! PingReclaim, InFlight ! PingReclaim, Read ! PingReclaim, Released ! PingReclaim, Lost ! PingReclaim, Due > RunDown, RunDown ! PingReclaim;
        /// Nothing refers to it any more; its place can be used again.
        Forget: Absent > Absent, InFlight ! PktNormal, Read > Absent, Released > Absent, Lost ! PingLost, Due ! PingReclaim, RunDown > Absent;
    }
}

/// The table of one kind: table packets can be read any number of times and are not run down while unread.
pub fn next_of(kind: PacketKind, phase: impl Into<PacketPhase>, event: PacketEvent) -> Cell<At<PacketPhase>> {
    let table = match kind {
        PacketKind::Normal | PacketKind::Own => false,
        PacketKind::TableStrong | PacketKind::TableWeak | PacketKind::OwnTable => true,
    };
    match (table, event, phase.into()) {
        (true, PacketEvent::Unmarshal, PacketPhase::InFlight) => Cell::To(At(PacketPhase::InFlight)),
        // a table packet that was released holds nothing any more, but can be read while somebody else keeps the other end
        (true, PacketEvent::Unmarshal, PacketPhase::Released) if kind != PacketKind::OwnTable => {
            Cell::To(At(PacketPhase::Released))
        }
        (true, PacketEvent::RunDown, PacketPhase::InFlight) => Cell::No(Rule::PktTableStrong),
        (_, event, phase) => next(phase, event),
    }
}

/// The table of one kind, for printing.
pub fn matrix_of(kind: PacketKind) -> Matrix {
    let mut printed = matrix();
    printed.name = match kind {
        PacketKind::Normal => "packet (normal)",
        PacketKind::TableStrong => "packet (table strong)",
        PacketKind::TableWeak => "packet (table weak)",
        PacketKind::Own => "packet (own marshalling)",
        PacketKind::OwnTable => "packet (own marshalling, table)",
    };
    for ((_, cells), event) in printed.rows.iter_mut().zip(PacketEvent::ALL) {
        for (cell, phase) in cells.iter_mut().zip(PacketPhase::ALL) {
            *cell = match next_of(kind, *phase, *event) {
                Cell::To(phase) => Ok(phase.name()),
                Cell::No(rule) => Err(rule),
            };
        }
    }
    printed
}
