//! What the library `rundown` promises: read from the sources, kept as a snapshot, and named in docs/test-api.md.
//!
//! A root item is public if `cli/src/lib.rs` declares or passes it on without `#[doc(hidden)]`. Of its types the variants, fields, functions, derives
//! and impls of traits are listed that are not hidden either, in whichever crate they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use quote::ToTokens;
use syn::{Attribute, Fields, Generics, ImplItem, Item, UseTree, Visibility};
use tests::root;

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|one| one.path().is_ident("doc") && one.to_token_stream().to_string().contains("hidden"))
}

fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|one| one.path().is_ident(name))
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Tokens as they are written, near enough.
fn written(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (wide, narrow) in [
        (" :: ", "::"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("& ", "&"),
        (" ,", ","),
        (" :", ":"),
        (",)", ")"),
        ("[ ", "["),
        (" ]", "]"),
        (" ;", ";"),
        ("->impl", "-> impl"),
        ("& '", "&'"),
        ("[", "["),
    ] {
        text = text.replace(wide, narrow);
    }
    text
}

/// What stands in a crate: by the name of a type or function, its lines. Tests inside of it are no part of it.
#[derive(Default)]
struct Crate {
    lines: BTreeMap<String, BTreeSet<String>>,
    declared: BTreeMap<String, usize>,
}

impl Crate {
    fn read(folder: &Path) -> Crate {
        let mut found = Crate::default();
        let mut files = Vec::new();
        below(folder, &mut files);
        assert!(!files.is_empty(), "{} has no sources", folder.display());
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a source");
            // a table that is included is no file of its own
            let Ok(parsed) = syn::parse_file(&text) else { continue };
            found.items(&parsed.items);
        }
        found
    }

    fn note(&mut self, name: &str, line: String) {
        self.lines.entry(name.to_string()).or_default().insert(line);
    }

    fn declare(&mut self, name: String, head: String, generics: &Generics, attributes: &[Attribute]) {
        let grows = if has(attributes, "non_exhaustive") { " (non_exhaustive)" } else { "" };
        self.note(&name, format!("{head} {name}{}{grows}", written(generics)));
        for derive in attributes.iter().filter(|one| one.path().is_ident("derive")) {
            let names = derive.meta.require_list().expect("a list").tokens.to_string();
            names.split(',').for_each(|one| self.note(&name, format!("  derives {}", one.trim())));
        }
        *self.declared.entry(name).or_default() += 1;
    }

    fn fields(&mut self, name: &str, prefix: &str, fields: &Fields, of_enum: bool) {
        for field in fields {
            if (of_enum || is_public(&field.vis)) && !is_hidden(&field.attrs) {
                let (label, of) = (field.ident.as_ref().map(|one| format!("{one}: ")), written(&field.ty));
                self.note(name, format!("  {prefix}{}{of}", label.unwrap_or_default()));
            }
        }
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Struct(one) if is_public(&one.vis) => {
                    self.declare(one.ident.to_string(), "struct".into(), &one.generics, &one.attrs);
                    self.fields(&one.ident.to_string(), "field ", &one.fields, false);
                }
                Item::Enum(one) if is_public(&one.vis) => {
                    let name = one.ident.to_string();
                    self.declare(name.clone(), "enum".into(), &one.generics, &one.attrs);
                    for variant in one.variants.iter().filter(|variant| !is_hidden(&variant.attrs)) {
                        self.note(&name, format!("  variant {}", variant.ident));
                        self.fields(&name, &format!("variant {} has ", variant.ident), &variant.fields, true);
                    }
                }
                Item::Trait(one) if is_public(&one.vis) => {
                    self.note(&one.ident.to_string(), format!("trait {}", one.ident))
                }
                Item::Fn(one) if is_public(&one.vis) => self.note(&one.sig.ident.to_string(), written(&one.sig)),
                Item::Impl(one) => self.implemented(one),
                Item::Mod(one) if !has(&one.attrs, "cfg") => {
                    self.items(one.content.as_ref().map_or(&[], |(_, items)| items));
                }
                _ => {}
            }
        }
    }

    fn implemented(&mut self, one: &syn::ItemImpl) {
        let of = written(&one.self_ty);
        let name = of.split('<').next().unwrap_or_default().to_string();
        if let Some((of_trait, _)) = &one.trait_ {
            return self.note(&name, format!("  implements {}", written(of_trait)));
        }
        for item in &one.items {
            match item {
                ImplItem::Fn(one) if is_public(&one.vis) && !is_hidden(&one.attrs) => {
                    self.note(&name, format!("  {}", written(&one.sig)));
                }
                ImplItem::Const(one) if is_public(&one.vis) && !is_hidden(&one.attrs) => {
                    self.note(&name, format!("  const {}: {}", one.ident, written(&one.ty)));
                }
                _ => {}
            }
        }
    }
}

fn below(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
}

/// The names that a `pub use` passes on, each with the crate that it comes from.
fn passed_on(tree: &UseTree, first: Option<&str>, found: &mut Vec<(String, String)>) {
    match tree {
        UseTree::Path(path) => {
            let here = path.ident.to_string();
            passed_on(&path.tree, Some(first.unwrap_or(&here)), found);
        }
        UseTree::Name(name) => found.push((first.unwrap_or_default().to_string(), name.ident.to_string())),
        UseTree::Group(group) => group.items.iter().for_each(|one| passed_on(one, first, found)),
        UseTree::Glob(_) | UseTree::Rename(_) => panic!("a public name is not said as it is: {}", written(tree)),
    }
}

/// The public items of the library, and what is public of each.
fn surface(library: &str) -> (BTreeMap<String, BTreeSet<String>>, Vec<String>) {
    let crates: BTreeMap<&str, Crate> = [("crate", "cli"), ("checker", "checker"), ("model", "model")]
        .map(|(name, folder)| (name, Crate::read(&root().join(folder).join("src"))))
        .into();
    let mut items = BTreeMap::new();
    let mut others = Vec::new();
    for item in syn::parse_file(library).expect("a source").items {
        let (visibility, attributes) = match &item {
            Item::Use(one) => (&one.vis, &one.attrs),
            Item::Mod(one) => (&one.vis, &one.attrs),
            Item::Struct(one) => (&one.vis, &one.attrs),
            Item::Enum(one) => (&one.vis, &one.attrs),
            Item::Fn(one) => (&one.vis, &one.attrs),
            Item::Trait(one) => (&one.vis, &one.attrs),
            Item::Const(one) => (&one.vis, &one.attrs),
            Item::Static(one) => (&one.vis, &one.attrs),
            Item::Type(one) => (&one.vis, &one.attrs),
            other => panic!("an item of a kind that is not looked at here: {}", written(other)),
        };
        if !is_public(visibility) || is_hidden(attributes) {
            continue;
        }
        let Item::Use(one) = &item else {
            // what a library declares in its root file itself is named, and so noticed
            others.push(written(&item).chars().take(60).collect());
            continue;
        };
        let mut names = Vec::new();
        passed_on(&one.tree, None, &mut names);
        for (from, name) in names {
            let lines = crates.get(from.as_str()).unwrap_or(&crates["crate"]);
            assert!(lines.declared.get(&name).is_none_or(|times| *times == 1), "{name} is declared twice in {from}");
            let known = lines.lines.get(&name).unwrap_or_else(|| panic!("{name} of {from} was not found"));
            items.insert(name, known.clone());
        }
    }
    (items, others)
}

fn library() -> String {
    std::fs::read_to_string(root().join("cli/src/lib.rs")).expect("the library")
}

#[test]
fn the_public_surface_is_this() {
    let (items, others) = surface(&library());
    assert!(others.is_empty(), "public besides what is passed on: {others:?}");
    let mut text = String::new();
    for lines in items.values() {
        // the head is what is not indented
        let (heads, rest): (Vec<&String>, Vec<&String>) = lines.iter().partition(|line| !line.starts_with(' '));
        assert_eq!(heads.len(), 1, "{heads:?}");
        heads.iter().chain(&rest).for_each(|line| text.push_str(&format!("{line}\n")));
    }
    insta::assert_snapshot!("surface", text);
}

/// docs/test-api.md names every public item, every function of it, and nothing of `rundown::` that is not public.
#[test]
fn the_public_surface_is_documented() {
    let (items, _) = surface(&library());
    let document = std::fs::read_to_string(root().join("docs/test-api.md")).expect("docs/test-api.md");
    let words: BTreeSet<&str> = document.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut missing = Vec::new();
    for (name, lines) in &items {
        let functions = lines.iter().filter_map(|line| line.trim_start().strip_prefix("fn ")?.split(['(', '<']).next());
        let fields = lines.iter().filter_map(|line| line.trim_start().strip_prefix("field ")?.split(':').next());
        missing.extend(
            [name.as_str()]
                .into_iter()
                .chain(functions)
                .chain(fields)
                .filter(|word| !words.contains(word))
                .map(str::to_string),
        );
    }
    assert!(missing.is_empty(), "docs/test-api.md does not name {missing:?}");
    for used in document.split("rundown::").skip(1) {
        let name = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        assert!(
            name == "internal" || items.contains_key(name),
            "docs/test-api.md names rundown::{name}, which is not public"
        );
    }
}

/// A module or item made public is noticed, and so is one that is passed on.
#[test]
fn what_is_made_public_is_noticed() {
    let before = surface(&library());
    let declared = surface(&library().replace("mod telling;", "pub mod telling;"));
    assert_eq!(declared.1.len(), before.1.len() + 1, "{:?}", declared.1);
    let passed = surface(&format!("{}\npub use report::Way;\n", library()));
    assert!(
        passed.0.len() == before.0.len() + 1 && passed.0["Way"].iter().any(|line| line.contains("variant InMemory"))
    );
}
