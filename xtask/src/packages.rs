//! The packages of the workspace, and whose tests hold the promises of which.
//!
//! Owns the table. Must not know how tests are run. Must not use: `crate::task`, `crate::cli`.

/// A package of the workspace.
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: &'static str,
    /// From the workspace's folder.
    pub(crate) folder: &'static str,
    /// The packages whose tests hold its promises, beside its own.
    pub(crate) held_by: &'static [&'static str],
}

const fn package(
    name: &'static str,
    folder: &'static str,
    held_by: &'static [&'static str],
) -> Package {
    Package {
        name,
        folder,
        held_by,
    }
}

/// All packages. A test compares them with the manifests.
pub(crate) static PACKAGES: &[Package] = &[
    package("jdy", "crates/jdy", &["promises"]),
    package("jdy-bench", "crates/jdy-bench", &[]),
    package("jdy-cargo", "tools/cargo", &[]),
    package("jdy-chaos", "crates/jdy-chaos", &[]),
    package("jdy-cli", "crates/jdy-cli", &[]),
    package("jdy-codegen", "tools/jdy-codegen", &["xtask"]),
    package("jdy-fuzz", "crates/jdy-fuzz", &[]),
    package("jdy-import", "tools/jdy-import", &["jdy-fuzz", "xtask"]),
    package(
        "jdy-journal",
        "crates/jdy-journal",
        &["jdy-chaos", "jdy-cli", "jdy-fuzz"],
    ),
    package("jdy-model", "crates/jdy-model", &["promises"]),
    package("jdy-model-arap", "crates/jdy-model-arap", &["promises"]),
    package("jdy-model-bd", "crates/jdy-model-bd", &["promises"]),
    package("jdy-model-fi", "crates/jdy-model-fi", &["promises"]),
    package("jdy-model-ls", "crates/jdy-model-ls", &["promises"]),
    package("jdy-model-pm", "crates/jdy-model-pm", &["promises"]),
    package("jdy-model-scm", "crates/jdy-model-scm", &["promises"]),
    package(
        "jdy-model-scm-inv",
        "crates/jdy-model-scm-inv",
        &["promises"],
    ),
    package(
        "jdy-model-scm-inv-production",
        "crates/jdy-model-scm-inv-production",
        &["promises"],
    ),
    package(
        "jdy-model-scm-pur",
        "crates/jdy-model-scm-pur",
        &["promises"],
    ),
    package(
        "jdy-model-scm-sal",
        "crates/jdy-model-scm-sal",
        &["promises"],
    ),
    package(
        "jdy-model-scm-sal-bound",
        "crates/jdy-model-scm-sal-bound",
        &["promises"],
    ),
    package("jdy-operations", "crates/jdy-operations", &["promises"]),
    package("jdy-public-api", "tools/public-api", &[]),
    package(
        "jdy-runtime",
        "crates/jdy-runtime",
        &["jdy-fuzz", "promises"],
    ),
    package(
        "jdy-sandbox",
        "crates/jdy-sandbox",
        &["jdy-fuzz", "promises"],
    ),
    package(
        "jdy-spec",
        "tools/jdy-spec",
        &["jdy-cli", "jdy-fuzz", "jdy-sandbox", "xtask"],
    ),
    package("jdy-specdiff", "tools/jdy-specdiff", &["xtask"]),
    package("jdy-tidy", "tools/tidy", &[]),
    package("jdy-wire", "crates/jdy-wire", &["jdy-fuzz", "promises"]),
    package("promises", "tests", &[]),
    package("xtask", "xtask", &[]),
];

/// The packages that are published, each behind those that it needs. A test compares them with the
/// manifests.
pub(crate) static PUBLISHED: [&str; 19] = [
    "jdy-wire",
    "jdy-model-arap",
    "jdy-model-bd",
    "jdy-model-fi",
    "jdy-model-ls",
    "jdy-model-pm",
    "jdy-model-scm",
    "jdy-model-scm-inv",
    "jdy-model-scm-inv-production",
    "jdy-model-scm-pur",
    "jdy-model-scm-sal",
    "jdy-model-scm-sal-bound",
    "jdy-model",
    "jdy-runtime",
    "jdy-operations",
    "jdy-sandbox",
    "jdy",
    "jdy-journal",
    "jdy-cli",
];

/// The names of all packages.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PACKAGES.iter().map(|package| package.name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;

    /// The packages that each package of the workspace depends on directly, by its manifest.
    fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
        let all = manifests().into_iter().map(|(name, text)| {
            let names = text.lines().map(|line| {
                let end = line.find([' ', '.', '=']).unwrap_or(line.len());
                line[..end].to_owned()
            });
            (name, names.collect())
        });
        all.collect()
    }

    /// The manifest of each package.
    fn manifests() -> BTreeMap<String, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let parts = ["crates", "tools"].map(|part| folder.join(part).read_dir().unwrap());
        let within = parts
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path());
        let folders = within.chain([folder.join("tests"), folder.join("xtask")]);
        let mut all = BTreeMap::new();
        for folder in folders {
            let Ok(text) = std::fs::read_to_string(folder.join("Cargo.toml")) else {
                continue;
            };
            let name = text.lines().find_map(|line| line.strip_prefix("name = "));
            let name = name.unwrap().trim_matches('"').to_owned();
            all.insert(name, text);
        }
        all
    }

    fn depends(on: &str, name: &str, all: &BTreeMap<String, BTreeSet<String>>) -> bool {
        let direct = &all[name];
        let known = direct
            .iter()
            .filter(|each| all.contains_key(*each) && *each != name);
        direct.contains(on) || known.into_iter().any(|each| depends(on, each, all))
    }

    #[test]
    fn every_published_package_is_listed_behind_those_that_it_needs() {
        let manifests = manifests();
        let open = manifests
            .iter()
            .filter(|(_, text)| !text.lines().any(|line| line == "publish = false"));
        let open: BTreeSet<&str> = open.map(|(name, _)| name.as_str()).collect();
        assert_eq!(open, PUBLISHED.into_iter().collect());
        let all = dependencies();
        for (place, name) in PUBLISHED.iter().enumerate() {
            let own = all[*name].iter().filter(|each| all.contains_key(*each));
            // What only the tests need, without a version, is left out of a package.
            let is_packed = |needed: &str| {
                let start = format!("{needed} = {{ path = ");
                let mut lines = manifests[*name].lines();
                !lines.any(|line| line.starts_with(&start) && !line.contains("version"))
            };
            for needed in own.filter(|needed| needed != name && is_packed(needed)) {
                assert!(
                    PUBLISHED[..place].contains(&needed.as_str()),
                    "{name}: {needed}"
                );
            }
        }
    }

    #[test]
    fn every_published_package_brings_its_licences_and_what_a_registry_shows() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let manifests = manifests();
        for package in PACKAGES.iter().filter(|it| PUBLISHED.contains(&it.name)) {
            let own = folder.join(package.folder);
            for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
                let [text, of_all] = [own.join(licence), folder.join(licence)]
                    .map(|path| std::fs::read_to_string(path).unwrap());
                assert_eq!(text, of_all, "{}", package.name);
            }
            for key in [
                "description",
                "license",
                "repository",
                "readme",
                "documentation",
                "keywords",
                "categories",
                "rust-version",
            ] {
                let has = manifests[package.name]
                    .lines()
                    .any(|line| line.starts_with(key));
                assert!(has, "{}: {key}", package.name);
            }
            let readme = std::fs::read_to_string(own.join("README.md")).unwrap();
            let links = readme.split("](").skip(1);
            for link in links.filter_map(|rest| rest.split_once(')')) {
                assert!(
                    link.0.starts_with("https://"),
                    "{}: {}",
                    package.name,
                    link.0
                );
            }
        }
    }

    #[test]
    fn the_table_names_every_package_and_only_what_depends_on_it() {
        let all = dependencies();
        let names: Vec<&str> = PACKAGES.iter().map(|package| package.name).collect();
        assert_eq!(names, all.keys().collect::<Vec<_>>());
        for package in PACKAGES {
            for holder in package.held_by {
                assert!(depends(package.name, holder, &all), "{holder}");
            }
        }
    }
}
