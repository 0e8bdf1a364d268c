//! Version numbers, and which one a change requires.
//!
//! Owns the rules of semver for versions below and above 1.0. Must not know what changed. Must not
//! use: `jdy_spec`, `jdy_codegen`.

use std::fmt;

use super::Level;

/// A version of the crates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Which number rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bump {
    /// The first.
    Major,
    /// The second.
    Minor,
    /// The third.
    Patch,
}

impl Bump {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
        }
    }
}

impl Version {
    /// Reads `1.2.3`; what follows a `-` or `+` is passed over.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.split(['-', '+']).next()?;
        let mut numbers = bare.split('.').map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Self {
            major: next()?,
            minor: next()?,
            patch: next()?,
        })
    }

    /// The version of a manifest: the workspace's, or else the package's own.
    #[must_use]
    pub fn of_manifest(manifest: &str) -> Option<Self> {
        let mut section = "";
        for line in manifest.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line.split('#').next().unwrap_or_default().trim();
            }
            if !matches!(section, "[workspace.package]" | "[package]") {
                continue;
            }
            let version = line
                .strip_prefix("version")
                .and_then(|rest| rest.trim_start().strip_prefix('='))
                .and_then(|rest| rest.split('"').nth(1));
            if let Some(version) = version {
                return Self::parse(version);
            }
        }
        None
    }

    /// What a change of this level asks for, as cargo compares versions: before 1.0 the second
    /// number parts what is incompatible, before 0.1 the third.
    #[must_use]
    pub fn bump(self, worst: Level) -> Bump {
        match (self.major, self.minor, worst) {
            (0, 0, _) => Bump::Patch,
            (0, _, Level::Breaking) => Bump::Minor,
            (0, ..) => Bump::Patch,
            (_, _, Level::Breaking) => Bump::Major,
            (_, _, Level::Compatible) => Bump::Minor,
            _ => Bump::Patch,
        }
    }

    /// The next version.
    #[must_use]
    pub fn next(self, bump: Bump) -> Self {
        let Self {
            major,
            minor,
            patch,
        } = self;
        let (major, minor, patch) = match bump {
            Bump::Major => (major + 1, 0, 0),
            Bump::Minor => (major, minor + 1, 0),
            Bump::Patch => (major, minor, patch + 1),
        };
        Self {
            major,
            minor,
            patch,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(version: &str, worst: Level) -> String {
        Version::parse(version).map_or(String::new(), |version| {
            version.next(version.bump(worst)).to_string()
        })
    }

    #[test]
    fn before_one_a_break_is_a_minor_version_and_all_else_a_patch() {
        assert_eq!(asked("0.1.4", Level::Breaking), "0.2.0");
        assert_eq!(asked("0.1.4", Level::Behaviour), "0.1.5");
        assert_eq!(asked("0.1.4", Level::Compatible), "0.1.5");
        assert_eq!(asked("0.1.4", Level::Docs), "0.1.5");
        assert_eq!(asked("0.0.4", Level::Breaking), "0.0.5");
    }

    #[test]
    fn from_one_on_a_break_is_a_major_version_and_something_new_a_minor() {
        assert_eq!(asked("1.2.3", Level::Breaking), "2.0.0");
        assert_eq!(asked("1.2.3", Level::Compatible), "1.3.0");
        assert_eq!(asked("1.2.3", Level::Behaviour), "1.2.4");
        assert_eq!(asked("1.2.3-rc.1", Level::Docs), "1.2.4");
    }

    #[test]
    fn a_manifests_own_version_is_read_and_no_dependencys() {
        let version = |text| Version::of_manifest(text).map(|version| version.to_string());
        assert_eq!(
            version(
                "[dependencies]\nversion = \"9.9.9\"\n[workspace.package] # all\nversion = \"0.3.1\"\n"
            ),
            Some("0.3.1".to_owned())
        );
        assert_eq!(version("[package]\nversion.workspace = true\n"), None);
    }
}
