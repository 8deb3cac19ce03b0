//! The cases of a frame: what each keeps comes back from its byte, and rows of operations name them as the packed form lists them.

use model::state::{Continuation, Frame, FrameKind, Keeps, Occurs, Origin, Pumps, Stop};

#[test]
fn every_case_comes_back_from_its_parts() {
    for stop in Stop::ALL {
        for byte in 0..=u8::MAX {
            let (back, kept) = stop.with(byte).parts();
            let expected = if stop.keeps() == Keeps::Nothing { 0 } else { byte };
            assert_eq!((back, kept), (*stop, expected));
        }
    }
    for kind in FrameKind::ALL {
        for byte in 0..=u8::MAX {
            let (back, kept) = kind.with(byte).parts();
            let expected = if kind.keeps() == Keeps::Nothing { 0 } else { byte };
            assert_eq!((back, kept), (*kind, expected));
        }
    }
}

#[test]
fn a_frame_stays_small() {
    assert_eq!(size_of::<Continuation>(), 2);
    assert_eq!(size_of::<Origin>(), 2);
    assert_eq!(size_of::<Frame>(), 10);
}

#[test]
fn only_the_beginning_depends_on_what_the_operation_takes_up() {
    let by_row: Vec<&Stop> = Stop::ALL.iter().filter(|stop| stop.pumps() == Pumps::ByRow).collect();
    assert_eq!(by_row, [&Stop::Start]);
    assert_eq!(Stop::Start.occurs(), Occurs::Always);
}
