//! What would be published, and what a user's tests compile.

use std::collections::BTreeSet;
use std::process::Command;

use cargo_metadata::{MetadataCommand, Package};
use tests::root;

/// The packages that could be published, by their directories.
const PUBLISHED: [(&str, &str); 5] = [
    ("model", "rundown-model"),
    ("checker", "rundown-checker"),
    ("traces", "rundown-traces"),
    ("scenarios", "rundown-cases"),
    ("cli", "rundown"),
];
/// Crates that a user's tests compile because of Rundown and insta, at the most.
const CRATES_MAX: usize = 65;

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ran = Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(ran.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("UTF-8")
}

fn packages() -> Vec<Package> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).no_deps().other_options(vec!["--offline".to_string()]);
    command.exec().expect("cargo metadata").packages
}

#[test]
fn packages_say_what_they_are() {
    for package in packages() {
        let name = package.name.as_str();
        let Some((directory, _)) = PUBLISHED.iter().find(|(_, published)| *published == name) else {
            assert_eq!(package.publish, Some(Vec::new()), "{name} is not to be published");
            continue;
        };
        assert_eq!(package.publish, None, "{name}");
        assert_eq!(package.license.as_deref(), Some("MIT OR Apache-2.0"), "{name}");
        assert!(package.rust_version.is_some() && package.repository.is_none(), "{name}");
        assert!(package.description.as_ref().is_some_and(|text| text.len() > 20), "{name} does not say what it is");
        // the registry takes at most five of each
        assert!((1..=5).contains(&package.keywords.len()) && (1..=5).contains(&package.categories.len()), "{name}");
        let folder = root().join(directory);
        for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
            let text = std::fs::read_to_string(folder.join(file)).unwrap_or_else(|why| panic!("{name}: {file}: {why}"));
            assert!(text.len() > 100, "{name}: {file} is empty");
            let whole = std::fs::read_to_string(root().join(file)).expect("the workspace's own");
            assert!(file == "README.md" || text == whole, "{name}: {file} is not the workspace's");
        }
    }
}

/// Everything that the compiler reads beside the sources is in the package, and nothing is that only we need.
#[test]
fn packages_hold_what_is_compiled() {
    for (directory, name) in PUBLISHED {
        let listed = cargo(&["package", "--list", "--offline", "--allow-dirty", "-p", name]);
        let listed: BTreeSet<&str> = listed.lines().collect();
        for file in ["Cargo.toml", "README.md", "LICENSE-MIT", "LICENSE-APACHE", "src/lib.rs"] {
            assert!(listed.contains(file), "{name} lacks {file}");
        }
        for file in &listed {
            let made = ["Cargo.toml.orig", ".cargo_vcs_info.json", "Cargo.lock"].contains(file);
            let needed = ["src/", "page/", "field/", "build.rs", "LICENSE-", "README.md", "Cargo.toml", "sample.scn"];
            assert!(made || needed.iter().any(|start| file.starts_with(start)), "{name} holds {file}");
            let Some(code) = file.ends_with(".rs").then(|| root().join(directory).join(file)) else { continue };
            let text = std::fs::read_to_string(&code).unwrap_or_else(|why| panic!("{}: {why}", code.display()));
            for included in text.split("include_str!(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let path = code.parent().expect("a folder").join(included).canonicalize().expect("what is included");
                let below = path.strip_prefix(root().join(directory).canonicalize().expect("a package"));
                let below = below.unwrap_or_else(|_| panic!("{file} includes {included} from outside of {name}"));
                assert!(
                    listed.contains(below.to_string_lossy().as_ref()),
                    "{name} lacks {included}, which {file} includes"
                );
            }
        }
    }
}

/// Without its default features Rundown brings neither a server nor another checker into the tests that use it.
#[test]
fn a_users_tests_compile_few_crates() {
    let tree = |arguments: &[&str]| -> BTreeSet<String> {
        let whole = [&["tree", "--offline", "--prefix", "none", "--format", "{p}"], arguments].concat();
        let lines = cargo(&whole);
        lines
            .lines()
            .filter_map(|line| {
                Some(line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).filter(|line| !line.is_empty())
            })
            .collect()
    };
    let crates = tree(&["-p", "widget-service", "-e", "normal,dev,build"]);
    println!("{} crates", crates.len());
    assert!(crates.iter().any(|one| one.starts_with("rundown v")) && crates.len() > 20, "{crates:?}");
    assert!(crates.len() <= CRATES_MAX, "{} crates: {crates:?}", crates.len());
    let whole = tree(&["-p", "rundown", "-e", "normal,build"]);
    for absent in ["stateright", "hyper", "tokio", "clap", "rundown-cases"] {
        let there = |crates: &BTreeSet<String>| crates.iter().any(|one| one.split(' ').next() == Some(absent));
        assert!(!there(&crates), "a user's tests compile {absent}");
        assert!(there(&whole), "the command goes without {absent}, which is looked for in vain here");
    }
}
