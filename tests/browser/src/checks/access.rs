//! axe-core looks at every view of every sample, in dark and light, wide and narrow.

use super::Check;
use crate::lab::{Lab, SAMPLES};
use crate::tab::{Look, Tab, WIDE, text};

pub const CHECKS: &[Check] =
    &[("axe finds nothing serious in any view", views), ("axe sees a fault that is put there", fault)];

const SERIOUS: [&str; 2] = ["serious", "critical"];

fn script() -> String {
    let path = crate::corpus::root().join("traces/page/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&path).expect("axe-core: npm ci in traces/page")
}

/// Serious findings. The script comes over the debugging line, which the page's policy does not bind.
fn findings(tab: &Tab<'_>, axe: &str) -> Vec<String> {
    tab.value(&format!("{{ {axe} }}; 0"));
    let found = tab.value(
        "axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations.map((one) => \
         [one.impact, `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`]))",
    );
    let found = found.as_array().expect("a list").iter();
    found.filter(|one| SERIOUS.contains(&text(&one[0]).as_str())).map(|one| text(&one[1])).collect()
}

fn clean(tab: &Tab<'_>, axe: &str, what: &str) {
    let found = findings(tab, axe);
    assert!(found.is_empty(), "{what}: {found:#?}");
}

fn views(lab: &Lab) {
    let axe = script();
    for sample in SAMPLES {
        for dark in [false, true] {
            let tab = lab.open_at(&lab.page(sample), Look { dark, ..WIDE });
            clean(&tab, &axe, &format!("{} dark={dark}", sample.name));
            // the views of one page differ by what is in them, and dark differs by its colours only
            let keys: &[&str] = match (sample.name, dark) {
                ("service", _) => &["d", "f", "s", "r", "w", "i", "l", "c", "g", "b", "x", "Escape", "?"],
                (_, false) => &["f", "r", "w", "c"],
                (_, true) => &[],
            };
            for key in keys {
                tab.press(&[key]);
                clean(&tab, &axe, &format!("{} dark={dark} after {key}", sample.name));
            }
            tab.quiet();
        }
    }
    for dark in [false, true] {
        let narrow = lab.open_at(&lab.page(SAMPLES[0]), Look { width: 400, height: 760, dark });
        for pane in 1..=narrow.count("nav.panes button") {
            narrow.click(&format!("nav.panes button:nth-child({pane})"));
            clean(&narrow, &axe, &format!("dark={dark} narrow pane {pane}"));
        }
        narrow.quiet();
    }
}

fn fault(lab: &Lab) {
    let tab = lab.open(SAMPLES[0]);
    tab.value("document.querySelector('header select').removeAttribute('aria-label')");
    let found = findings(&tab, &script());
    assert!(found.iter().any(|one| one.starts_with("select-name")), "{found:?}");
}
