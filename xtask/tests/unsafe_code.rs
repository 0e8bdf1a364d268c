//! No crate of the project may hold unsafe code: each takes the workspace's lints, which forbid it,
//! or forbids it itself.

use std::path::{Path, PathBuf};

fn manifests(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            manifests(&path, found);
        } else if name == "Cargo.toml" {
            found.push(path);
        }
    }
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let mut found = Vec::new();
    manifests(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(".."),
        &mut found,
    );
    let crates = found.iter().map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        (path, text)
    });
    let mut count = 0;
    for (path, text) in crates.filter(|(_, text)| text.contains("[package]")) {
        count += 1;
        let forbids =
            text.contains("[lints]\nworkspace = true") || text.contains("unsafe_code = \"forbid\"");
        assert!(forbids, "{}", path.display());
    }
    assert!(count > 10, "{count} crates");
    let root =
        std::fs::read_to_string(found.iter().min_by_key(|path| path.iter().count()).unwrap());
    assert!(
        root.unwrap()
            .contains("[workspace.lints.rust]\nunsafe_code = \"forbid\"")
    );
}
