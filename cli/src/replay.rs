//! Replaying a trace: the model alone decides whether it still shows what it claims.

use traces::file::{RECORD_BYTES_MAX, REPLAY_BYTES_MAX, TraceError};
use traces::spot::Spot;

use crate::human;

/// Why a trace is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is no trace that this version reads.
    Unreadable(String),
    /// It does not fit its scenario or the model any more, or does not show what it claims.
    Stale(String),
}

/// Replays the bytes of a trace file in either format, and tells it again; `all` folds nothing. A refusal says where in the file
/// the reason stands.
///
/// ```
/// let refused = rundown::internal::replay("x.trace.json", b"{}", false).unwrap_err();
/// assert!(matches!(refused, rundown::internal::Refused::Unreadable(why) if why.contains("line 1 column 2")));
/// ```
pub fn replay(name: &str, bytes: &[u8], all: bool) -> Result<String, Refused> {
    let at = |spot: Option<Spot>, why: String| match spot.map(|spot| spot.position(bytes)) {
        Some((line, column)) => format!("{name}:{line}:{column}: {why}"),
        None => format!("{name}: {why}"),
    };
    let said = |error: TraceError| at(error.spot(), error.to_string());
    let opened = traces::open::open(bytes).map_err(|error| Refused::Unreadable(said(error)))?;
    let file = opened.file;
    let stale = |error: TraceError| Refused::Stale(said(error));
    let (program, run) = (file.program().map_err(stale)?, file.run());
    let most = if opened.recorded.is_none() && opened.itf.is_none() { REPLAY_BYTES_MAX } else { RECORD_BYTES_MAX };
    file.affordable(&program, most).map_err(|error| Refused::Unreadable(said(error)))?;
    // each of these replays the run and keeps all its states, and so it is one after the other
    if let Some(recorded) = opened.recorded {
        recorded.compare(&program, &run).map_err(stale)?;
    }
    if let Some(itf) = opened.itf {
        itf.compare(&program, &run).map_err(stale)?;
    }
    let judged = traces::judge::judge(&program, &run);
    if judged.is_err() {
        // why it is no run comes before why it does not show what it claims
        traces::run::replay(&program, &run.events)
            .map_err(|error| Refused::Stale(at(Some(Spot::of(&error)), error.text(&program))))?;
    }
    file.named(&program).map_err(stale)?;
    let accepted =
        judged.map_err(|rejected| Refused::Stale(at(Some(Spot::of_rejected(&rejected)), rejected.text(&program))))?;
    let mut text =
        format!("{name}: the run fits the model and shows what it claims\n  checked: {}\n", accepted.checked);
    if let Some(believed) = accepted.believed {
        text.push_str(&format!("  believed: {believed}\n"));
    }
    let mut options = human::options("SCENARIO.scn", all);
    options.trace_file = name.to_string();
    text.push_str(&format!("\n{}\n", traces::story::story(&program, &run, &options).trim_end()));
    Ok(text)
}
