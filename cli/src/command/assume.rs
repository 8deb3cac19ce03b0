//! What commands assume and how far they go, from their arguments: readings, faults, limits.

use std::time::Duration;

use model::readings::{READINGS, Reading, Readings};
use model::rules::Rule;

/// Readings, each as NAME=VALUE.
pub fn readings(named: &[impl AsRef<str>]) -> Result<Vec<(String, String)>, String> {
    let mut readings = Vec::new();
    for reading in named.iter().map(AsRef::as_ref) {
        let Some((name, value)) = reading.split_once('=') else {
            return Err(format!("--reading wants NAME=VALUE or all, not `{reading}`"));
        };
        if !Readings::default().set(name, value) {
            return Err(unknown_reading(name, value));
        }
        readings.push((name.replace('-', "_"), value.to_string()));
    }
    Ok(readings)
}

/// Rules to switch off, by their ids.
pub fn faults<'a>(ids: impl IntoIterator<Item = &'a String>) -> Result<Vec<Rule>, String> {
    let mut faults = Vec::new();
    for id in ids {
        match Rule::by_id(id) {
            Some(rule) if rule.info().kind == model::rules::Kind::Assumption => {
                return Err(format!("{} is an assumption and cannot be switched off", rule.id()));
            }
            Some(rule) => faults.push(rule),
            None => return Err(format!("there is no rule {id}; `rundown rules` lists them")),
        }
    }
    Ok(faults)
}

/// A limit of time.
pub fn seconds(time: Option<f64>) -> Result<Option<Duration>, String> {
    match time {
        Some(seconds) if seconds.is_finite() && (0.0..1e9).contains(&seconds) => {
            Ok(Some(Duration::from_secs_f64(seconds)))
        }
        Some(_) => Err("--time wants seconds from 0 to 10^9".into()),
        None => Ok(None),
    }
}

/// The size that an option wants, in bytes.
pub fn bytes(option: &str, text: &str) -> Result<u64, String> {
    size(text).ok_or_else(|| format!("{option} wants a size such as 512MiB or 4GB, not `{text}`"))
}

fn unknown_reading(name: &str, value: &str) -> String {
    let wanted = name.replace('-', "_");
    match Reading::by_name(name) {
        Some(reading) => {
            let values: Vec<&str> = reading.value_names().collect();
            format!("the reading {wanted} has no value `{value}`; it has: {}", values.join(", "))
        }
        None => {
            let names: Vec<&str> = READINGS.iter().map(|reading| reading.name).collect();
            format!("there is no reading `{name}`; there are: {}", names.join(", "))
        }
    }
}

/// A size such as 512MiB or 4GB in bytes.
fn size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "" | "B" => 1,
        "KiB" | "K" => 1 << 10,
        "MiB" | "M" => 1 << 20,
        "GiB" | "G" => 1 << 30,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    number.checked_mul(unit)
}
