//! Nothing that a scenario says becomes markup: hostile text in every place where text is free, in a file that a browser would
//! parse, compared with the same file about harmless text.

mod common;

use base64::Engine as _;
use common::payloads::{PAYLOADS, scenario};
use common::{program, shortest};
use scraper::{Html, Node};
use std::io::Read as _;
use traces::page::{Document, RunOptions, document, html, svg, text};
use traces::story::StoryOptions;

fn made(free: &str, property: &str) -> Document {
    let program = program(&scenario(free));
    let run = shortest(&program, property).expect("a run that the judge accepts");
    let file = format!("folder/{free}.scn");
    let story = StoryOptions { scenario_file: file, all_steps: true, ..StoryOptions::default() };
    let mut made = document(&program, &run, &RunOptions::default(), &story).expect("a page");
    made.page.omitted.push(free.to_string());
    made
}

/// Every element with its attributes, in order. Sizes and places are numbers of our own.
fn skeleton(file: &str) -> Vec<String> {
    let parsed = Html::parse_document(file);
    assert!(format!("{:?}", parsed.quirks_mode).contains("NoQuirks"));
    let nodes = parsed.tree.root().descendants().filter_map(|node| match node.value() {
        Node::Element(element) => {
            let attributes: Vec<String> = element.attrs().map(|(name, value)| format!("{name}={value}")).collect();
            Some(format!("{} {}", element.name(), attributes.join(" ")))
        }
        Node::Comment(comment) => Some(format!("a comment: {}", &**comment)),
        _ => None,
    });
    nodes.collect()
}

#[test]
fn hostile_text_is_never_markup() {
    for property in ["unload_in_use", "gone"] {
        let harmless = skeleton(&html::html(&made("quiet words", property)));
        assert!(harmless.len() > 40, "{harmless:?}");
        for free in PAYLOADS {
            let file = html::html(&made(free, property));
            assert_eq!(skeleton(&file), harmless, "{free}");
            assert!(!file.contains('\u{0}') && !file.contains('\u{1b}') && !file.contains('\u{202e}'), "{free}");
        }
    }
}

#[test]
fn hostile_text_is_told_as_it_is() {
    let free = "</pre><img src=x onerror=alert(1)>";
    let file = html::html(&made(free, "unload_in_use"));
    let parsed = Html::parse_document(&file);
    let main = parsed.select(&scraper::Selector::parse("main").expect("a selector")).next().expect("the story");
    let told: String = main.text().collect();
    assert!(told.matches(free).count() >= 6, "{told}");
}

#[test]
fn pictures_and_markdown_hold_too() {
    for free in PAYLOADS {
        let made = made(free, "gone");
        let run = &made.page.runs[0];
        let drawn = svg::svg(run, run.steps.len());
        let parsed = roxmltree::Document::parse(&drawn).expect("well-formed");
        for node in parsed.descendants().filter(|node| node.is_element()) {
            assert!(["svg", "title", "g", "rect", "line", "text"].contains(&node.tag_name().name()), "{free}");
        }
        let written = text::markdown(&made.page);
        assert!(!written.contains('<'), "{free}\n{written}");
        assert_eq!(written.matches("```").count(), 2, "{free}");
    }
}

#[test]
fn the_policy_names_what_is_there_and_nothing_else() {
    let made = made("quiet words", "unload_in_use");
    let file = html::html(&made);
    let parsed = Html::parse_document(&file);
    let all = |selector: &str| -> Vec<String> {
        let selector = scraper::Selector::parse(selector).expect("a selector");
        parsed.select(&selector).map(|element| element.text().collect()).collect()
    };
    let selector = scraper::Selector::parse("meta[http-equiv='Content-Security-Policy']").expect("a selector");
    let policy = parsed.select(&selector).next().and_then(|meta| meta.attr("content")).expect("a policy").to_string();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"));
    assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'));
    let scripts = all("script");
    assert_eq!(scripts.len(), 2);
    for text in scripts.iter().skip(1).chain(&all("style")) {
        use sha2::Digest as _;
        let digest = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(text.as_bytes()));
        assert!(policy.contains(&format!("'sha256-{digest}'")), "{policy}");
    }
    for element in ["[src]", "[href]", "[style]", "link", "iframe", "object", "base"] {
        assert!(all(element).is_empty(), "{element}");
    }
}

/// A script must not contain what ends it, or what makes a browser look for two ends.
#[test]
fn the_bundle_can_stand_in_a_page() {
    for text in [html::SCRIPT, html::STYLE] {
        let lower = text.to_lowercase();
        for word in ["</script", "</style", "<!--"] {
            assert!(!lower.contains(word), "the bundle contains {word}");
        }
    }
}

#[test]
fn the_data_are_what_the_page_shows() {
    let made = made("</script>", "unload_in_use");
    let packed = html::packed(&made.page);
    assert!(packed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)));
    let bytes = base64::engine::general_purpose::STANDARD.decode(&packed).expect("base64");
    // no time, and no operating system: the bytes are the same everywhere
    assert_eq!((&bytes[4..8], bytes[9]), (&[0, 0, 0, 0][..], 255));
    let mut json = String::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut json).expect("gzip");
    assert_eq!(json, serde_json::to_string(&made.page).expect("JSON"));
}
