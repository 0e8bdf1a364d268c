//! What a disk holds after a course of calls, and what a power cut leaves of it.
//!
//! Owns the model: bytes are safe from the sync of their file on, names from the sync of their
//! folder on; of the rest all, nothing or any part may be there. It must not know what a journal
//! is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Create,
    Write(usize, Vec<u8>),
    /// A write that failed before its first byte.
    Begun(usize, Vec<u8>),
    Truncate(usize),
    Sync,
    /// A sync that failed: what it was to keep is never kept.
    Forget,
    Unlink,
}

pub(crate) type Course = Vec<(PathBuf, Call)>;

/// The course that the layer has written down.
pub(crate) fn course(trace: &Path) -> Course {
    let trace = std::fs::read(trace).unwrap();
    let (mut rest, mut course) = (&trace[..], Course::new());
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head = std::str::from_utf8(&rest[..end]).unwrap();
        rest = &rest[end + 1..];
        let mut words = head.splitn(4, ' ');
        let mut word = || words.next().unwrap();
        let (kind, at, length) = (word(), word(), word().parse().unwrap());
        let at: usize = at.parse().unwrap();
        let path = PathBuf::from(word());
        let mut bytes = || {
            let (own, others) = rest.split_at(length);
            rest = others;
            own.to_vec()
        };
        let call = match kind {
            "create" => Call::Create,
            "write" => Call::Write(at, bytes()),
            "begun" => Call::Begun(at, bytes()),
            "truncate" => Call::Truncate(at),
            "sync" => Call::Sync,
            "forget" => Call::Forget,
            "unlink" => Call::Unlink,
            other => panic!("{other}"),
        };
        course.push((path, call));
    }
    course
}

/// The files of a folder by their names.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A change of a file that no sync has kept yet.
#[derive(Clone)]
enum Piece {
    Bytes(usize, Vec<u8>),
    Length(usize),
}

impl Piece {
    fn lay(&self, content: &mut Vec<u8>) {
        match self {
            Self::Bytes(at, bytes) => {
                let end = at + bytes.len();
                content.resize(content.len().max(end), 0);
                content[*at..end].copy_from_slice(bytes);
            }
            Self::Length(length) => content.resize(*length, 0),
        }
    }
}

#[derive(Clone, Default)]
struct Node {
    now: Vec<u8>,
    kept: Vec<u8>,
    since: Vec<Piece>,
}

/// A folder of files on a disk.
#[derive(Clone)]
pub(crate) struct Disk {
    folder: PathBuf,
    nodes: Vec<Node>,
    names: BTreeMap<PathBuf, usize>,
    kept_names: BTreeMap<PathBuf, usize>,
}

impl Disk {
    /// The folder as it is, all of it kept.
    pub(crate) fn of(folder: &Path) -> Self {
        let (mut nodes, mut names) = (Vec::new(), BTreeMap::new());
        let paths = std::fs::read_dir(folder).unwrap();
        for path in paths.map(|file| file.unwrap().path()) {
            let now = std::fs::read(&path).unwrap();
            names.insert(path, nodes.len());
            nodes.push(Node {
                kept: now.clone(),
                now,
                since: Vec::new(),
            });
        }
        Self {
            folder: folder.to_owned(),
            nodes,
            kept_names: names.clone(),
            names,
        }
    }

    pub(crate) fn play(&mut self, course: &[(PathBuf, Call)]) {
        for (path, call) in course {
            self.make(path, call);
        }
    }

    fn make(&mut self, path: &Path, call: &Call) {
        if path == self.folder {
            if *call == Call::Sync {
                self.kept_names = self.names.clone();
            }
            return;
        }
        if *call == Call::Create && path.parent() == Some(&self.folder) {
            self.names.insert(path.to_owned(), self.nodes.len());
            self.nodes.push(Node::default());
            return;
        }
        // What lies deeper is a copy to look at, which nobody else reads.
        let Some(node) = self.names.get(path) else {
            return;
        };
        let node = &mut self.nodes[*node];
        let piece = match call {
            Call::Write(at, bytes) => Piece::Bytes(*at, bytes.clone()),
            Call::Truncate(length) => Piece::Length(*length),
            Call::Sync => {
                let since = std::mem::take(&mut node.since);
                since.iter().for_each(|piece| piece.lay(&mut node.kept));
                return;
            }
            Call::Forget => return node.since.clear(),
            Call::Unlink => {
                self.names.remove(path);
                return;
            }
            Call::Begun(..) | Call::Create => return,
        };
        piece.lay(&mut node.now);
        node.since.push(piece);
    }

    /// What a process sees that comes after this one.
    pub(crate) fn now(&self) -> Files {
        let name = |path: &Path| path.file_name().unwrap().into();
        let files = self.names.iter();
        files
            .map(|(path, node)| (name(path), self.nodes[*node].now.clone()))
            .collect()
    }

    /// What a machine sees that has lost its power.
    pub(crate) fn after_a_power_cut(&self, luck: &mut Luck) -> Files {
        let mut files = Files::new();
        let all = self.names.keys().chain(self.kept_names.keys());
        for path in all {
            let names = match luck.draw() {
                0 => &self.kept_names,
                _ => &self.names,
            };
            let Some(node) = names.get(path).map(|node| &self.nodes[*node]) else {
                continue;
            };
            let mut content = node.kept.clone();
            for piece in &node.since {
                match (luck.draw(), piece) {
                    (0, _) => {}
                    (1, Piece::Bytes(at, bytes)) => {
                        let half = bytes[..bytes.len() / 2].to_vec();
                        Piece::Bytes(*at, half).lay(&mut content);
                    }
                    _ => piece.lay(&mut content),
                }
            }
            files.insert(path.file_name().unwrap().into(), content);
        }
        files
    }
}

/// What becomes of a piece that no sync has kept: 0 is lost, 1 is half there, 2 is there.
pub(crate) enum Luck {
    /// Everything is lost.
    Bad,
    /// Any of these, the same in every run.
    Mixed(u64),
}

impl Luck {
    fn draw(&mut self) -> u64 {
        match self {
            Self::Bad => 0,
            Self::Mixed(state) => {
                *state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (*state >> 33) % 3
            }
        }
    }
}

/// Puts the files into an empty folder.
pub(crate) fn lay(files: &Files, folder: &Path) {
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
}

#[test]
fn a_power_cut_leaves_what_was_synced() {
    let folder = Path::new("/folder");
    let (one, two) = (folder.join("one"), folder.join("two"));
    let write = |at, text: &str| Call::Write(at, text.into());
    let mut disk = Disk {
        folder: folder.to_owned(),
        nodes: Vec::new(),
        names: BTreeMap::new(),
        kept_names: BTreeMap::new(),
    };
    disk.play(&[
        (one.clone(), Call::Create),
        (folder.to_owned(), Call::Sync),
        (one.clone(), write(0, "abc")),
        (one.clone(), Call::Sync),
        (one.clone(), write(1, "xyz")),
        (two.clone(), Call::Create),
        (two.clone(), write(0, "two")),
        (two.clone(), Call::Sync),
    ]);
    let shown = |files: Files| -> Vec<(String, String)> {
        let text = |(name, content): (PathBuf, Vec<u8>)| {
            (
                name.display().to_string(),
                String::from_utf8(content).unwrap(),
            )
        };
        files.into_iter().map(text).collect()
    };
    let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let (now, cut) = (disk.now(), disk.after_a_power_cut(&mut Luck::Bad));
    assert_eq!(shown(now), [pair("one", "axyz"), pair("two", "two")]);
    assert_eq!(shown(cut), [pair("one", "abc")]);
    // A sync that failed keeps nothing, and the next one does not make up for it.
    disk.play(&[
        (one.clone(), Call::Forget),
        (one.clone(), write(2, "!")),
        (one, Call::Sync),
        (two, Call::Unlink),
        (folder.to_owned(), Call::Sync),
    ]);
    let (now, cut) = (disk.now(), disk.after_a_power_cut(&mut Luck::Bad));
    assert_eq!(shown(now), [pair("one", "ax!z")]);
    assert_eq!(shown(cut), [pair("one", "ab!")]);
}
