//! scratch
mod common;
use common::{program, shortest};
use traces::story::{StoryOptions, story};
#[test]
fn show() {
    let dir = std::path::Path::new("/tmp/tr-scn");
    let mut names: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    for path in names {
        let text = std::fs::read_to_string(&path).unwrap();
        let program = program(&text);
        let property = text.rsplit("expect ").next().unwrap().split(';').next().unwrap().trim().to_string();
        println!("=== {}", path.display());
        match shortest(&program, &property) {
            Some(run) => println!("{}", story(&program, &run, &StoryOptions::default())),
            None => println!("no run"),
        }
    }
}
