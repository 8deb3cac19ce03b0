//! `rundown rules`.

use clap::Args;
use model::lang::not_modelled::NOT_MODELLED;
use model::readings::READINGS;
use model::rules::Rule;

use super::print;
use crate::exit::Exit;

/// List rules, readings, properties, or what is not modelled.
#[derive(Args)]
pub struct Rules {
    /// Only this family (CTX, PKT …)
    family: Option<String>,
    /// The open questions and their values instead
    #[arg(long)]
    readings: bool,
    /// The chapters of SPEC.md that are printed from the code
    #[arg(long, hide = true)]
    spec: bool,
    /// The built-in properties instead
    #[arg(long)]
    properties: bool,
    /// What scenarios may say and the model does nothing about instead
    #[arg(long)]
    not_modelled: bool,
}

impl Rules {
    /// Runs the command.
    pub fn run(self) -> Exit {
        if self.spec {
            let here = rundown::internal::spec::Sources::read(std::path::Path::new("."));
            for (name, text) in rundown::internal::spec::chapters(&here) {
                print(&format!("{}\n\n", rundown::internal::spec::marked(name, &text)));
            }
            return Exit::Fine;
        }
        if self.readings {
            for reading in READINGS {
                print(&format!("{} ({})\n    {}\n", reading.name, reading.question, reading.text));
                for (index, (value, meaning)) in reading.values.iter().enumerate() {
                    let default = if index == 0 { " (default)" } else { "" };
                    print(&format!("      {value}{default}: {meaning}\n"));
                }
            }
            return Exit::Fine;
        }
        if self.properties {
            print(&rundown::internal::human::properties());
            return Exit::Fine;
        }
        if self.not_modelled {
            for row in NOT_MODELLED {
                print(&format!("{:<40} {}\n", row.name, row.what));
            }
            return Exit::Fine;
        }
        let mut found = false;
        for rule in Rule::ALL {
            let info = rule.info();
            let family = info.id.split('-').next().unwrap_or("");
            if self.family.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(family)) {
                continue;
            }
            found = true;
            print(&format!("{:<9} {:<10} {}\n", info.id, info.kind.name(), info.sentence));
        }
        if found { Exit::Fine } else { super::usage("there is no such family of rules") }
    }
}
