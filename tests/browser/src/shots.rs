//! The pictures of docs/page.md: six views, dark and light, in as few bytes as a palette gives.

use std::path::Path;

use crate::lab::{DEADLOCK, Lab, REPAIRED, SERVICE, Sample, UNLOAD};
use crate::tab::{Look, WIDE};

/// What a picture may take.
const BYTES_MAX: u64 = 150 * 1024;

/// Name, page, and the keys that lead to the view.
const VIEWS: [(&str, &Sample, &[&str]); 6] = [
    ("unload", &UNLOAD, &[]),
    ("deadlock", &DEADLOCK, &[]),
    ("next", &SERVICE, &["k", "k", "f"]),
    ("references", &SERVICE, &["k", "r"]),
    // where they part
    ("compare", &REPAIRED, &["c", "k", "k", "k", "k", "k", "k", "k", "k"]),
    ("graph", &UNLOAD, &["g"]),
];

/// Writes them all.
pub fn all(lab: &Lab, folder: &Path) {
    std::fs::create_dir_all(folder).expect("the folder of the pictures");
    for (name, sample, keys) in VIEWS {
        for (dark, scheme) in [(false, "light"), (true, "dark")] {
            let tab = lab.open_at(&lab.page(sample), Look { dark, ..WIDE });
            tab.press(keys);
            tab.quiet();
            let path = folder.join(format!("{name}-{scheme}.png"));
            tab.shot(&path);
            reduce(&path);
            let bytes = std::fs::metadata(&path).map_or(0, |one| one.len());
            println!("{} {bytes} bytes", path.display());
            assert!(bytes <= BYTES_MAX, "{} has {bytes} bytes", path.display());
        }
    }
}

/// Writes a picture again with a palette of 256 colours; text and lines lose nothing that is seen.
fn reduce(path: &Path) {
    let mut decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).expect("the shot")));
    decoder.set_transformations(png::Transformations::ALPHA | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a picture that fits")];
    let info = reader.next_frame(&mut pixels).expect("a picture");
    pixels.truncate(info.buffer_size());
    let palette = color_quant::NeuQuant::new(10, 256, &pixels);
    let indexed: Vec<u8> = pixels
        .chunks_exact(4)
        .map(|pixel| u8::try_from(palette.index_of(pixel)).expect("at most 256 colours"))
        .collect();
    let file = std::fs::File::create(path).expect("a file for the picture");
    let mut encoder = png::Encoder::new(std::io::BufWriter::new(file), info.width, info.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.color_map_rgb());
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&indexed).expect("the picture");
}
