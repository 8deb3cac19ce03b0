//! Certificates for "holds": the closed set of reachable states, written so that the model alone can re-check it.

use checker::{End, Plan, Stop, StopReason};

use crate::binding::Service;
use crate::report::{Options, check_with};
use crate::scenario::Scenario;

/// Checks a scenario and writes the certificate of the properties that hold. Fails if the search does not come to its end, or if
/// the states are too many.
pub fn certify(scenario: &Scenario, options: &Options, stop: &Stop) -> Result<Vec<u8>, String> {
    // what is certified is known before everything is searched
    let mut options = options.until();
    let most = traces::certificate::STATES_MAX as u64 + 1;
    let own_limit = options.limits.states.is_none_or(|states| states > most);
    options.limits.states = Some(options.limits.states.map_or(most, |states| states.min(most)));
    let options = &options;
    let report = check_with(scenario, options, stop, &mut ());
    if own_limit && report.end == End::Stopped(StopReason::States) {
        return Err(format!("more than {} states are not certified", traces::certificate::STATES_MAX));
    }
    if let End::Stopped(reason) = report.end {
        return Err(format!("the search is incomplete ({reason}): there is nothing to certify"));
    }
    if report.coverage.states > traces::certificate::STATES_MAX as u64 {
        return Err(format!("more than {} states are not certified", traces::certificate::STATES_MAX));
    }
    let hold: Vec<String> = report
        .properties
        .iter()
        .filter(|property| property.verdict == "holds" || property.verdict == "holds within bounds")
        .map(|property| property.name.clone())
        .collect();
    let service = Service::new(report.program.clone());
    let states = checker::states(&service, &Plan { limits: options.limits.clone(), ..Plan::default() }, stop, &mut ())
        .map_err(|reason| format!("the search is incomplete ({reason}): there is nothing to certify"))?;
    Ok(traces::certificate::write(&report.program, &states, &hold, !report.bounds.is_empty()))
}
