//! What hostile input may take of the memory. A binary of its own, because it counts every allocation of its process.

use peak_alloc::PeakAlloc;
use tests::entry;
use tests::hostile::{Input, Kind, inputs};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// The most that reading, refusing or starting to check an input takes, in bytes, the input itself included.
const BYTES_MAX: usize = 32 << 20;

/// The most that was allocated at one time while an input was answered.
fn peak(directory: &std::path::Path, input: &Input) -> usize {
    let path = directory.join("input");
    std::fs::write(&path, &input.bytes).expect("a temporary file");
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let answered = match input.kind {
        Kind::Scenario => match rundown::internal::input::read(&path, model::lang::limits::SOURCE_BYTES_MAX) {
            Ok(bytes) => entry::scenario(&bytes).text,
            Err(why) => why,
        },
        Kind::Trace => match rundown::internal::input::read(&path, traces::file::FILE_BYTES_MAX) {
            Ok(bytes) => entry::once(&bytes).text,
            Err(why) => why,
        },
        Kind::Certificate => {
            let file = std::io::BufReader::new(std::fs::File::open(&path).expect("a temporary file"));
            traces::certificate::verify_from(file).map_or_else(|why| why, |certified| format!("{certified:?}"))
        }
    };
    let peak = ALLOCATED.peak_usage().saturating_sub(before);
    assert!(!answered.is_empty(), "{} is answered with silence", input.name);
    peak
}

#[test]
fn no_hostile_input_takes_more_than_32_mib() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut peaks: Vec<(usize, String)> = inputs()
        .iter()
        .map(|input| (peak(directory.path(), input), format!("{:?}: {}", input.kind, input.name)))
        .collect();
    peaks.sort_by(|a, b| b.cmp(a));
    let over: Vec<_> = peaks.iter().filter(|(bytes, _)| *bytes > BYTES_MAX).collect();
    assert!(over.is_empty(), "{over:#?}");
    // what cannot grow shows nothing: the largest inputs do take memory
    assert!(peaks[0].0 > 4 << 20, "{:?}", peaks[0]);
    for (bytes, name) in peaks.iter().take(5) {
        println!("{:>6} KiB  {name}", bytes >> 10);
    }
}
