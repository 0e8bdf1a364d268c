//! Other generators on the SDK's own spec, in one document: how long each takes, how much it writes,
//! and how long what it writes takes to check and to build, beside the SDK's generator and crates.
//!
//! What the generated crates depend on is built before and not counted. Each figure is a median of
//! turns, taken one after the other by all. It takes a quarter of an hour, and more the first time,
//! when the generators are installed.
//!
//! Owns the turns and the tables. Must not judge the figures.

mod document;
mod peer;
mod place;
mod written;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::Failure;
use crate::build::{Sdk, target};
use crate::cost::{self, Cost};
use peer::{PEERS, Peer};
use place::Place;
use written::Written;

/// How often each generator has its turn.
const GENERATIONS: usize = 3;
/// How often each crate is checked.
const CHECKS: usize = 3;
/// How often each crate is built for release.
const BUILDS: usize = 1;

/// Runs the generators with these names, or all, and prints what they and their crates took.
pub(crate) fn run(names: &[String]) -> Result<(), Failure> {
    if let Some(name) = names
        .iter()
        .find(|name| PEERS.iter().all(|peer| peer.name != **name))
    {
        return Err(format!("no generator is called {name:?}").into());
    }
    let place = Place::new()?;
    let xtask = place.xtask()?;
    let uploads = document::write(&place, &xtask)?;
    let sdk = Sdk::new(target().join("jdy-bench"))?;

    let mut peers: Vec<&Peer> = PEERS.iter().collect();
    peers.retain(|peer| names.is_empty() || names.iter().any(|name| name == peer.name));
    let mut notes = Vec::new();
    peers.retain(|peer| {
        let had = peer.install(&place);
        had.inspect_err(|error| notes.push(format!("{}: cannot be had: {error}", peer.name)))
            .is_ok()
    });
    notes.extend(peers.iter().filter_map(|peer| peer.try_as_it_is(&place)));

    let generated = generate(&place, &xtask, &mut peers, &mut notes)?;
    println!("| generator | document | processor | time | memory | lines of Rust |");
    println!("|---|---|---|---|---|---|");
    println!(
        "| **jdy** | its spec | {} | {} |",
        generated[0].cells(),
        sdk.lines()?
    );
    for (peer, cost) in peers.iter().zip(&generated[1..]) {
        let lines = crate::build::lines(&place.output(peer.name).join("src"))?;
        println!("| {} | {} | {lines} |", peer.title(), cost.cells());
    }

    let mut written = vec![Written::sdk(sdk)?];
    let operations = written[0].operations;
    written.extend(Written::of_peers(&place, &peers, operations, uploads)?);
    crates(&mut written, &mut notes)?;
    println!();
    notes.iter().for_each(|note| println!("{note}"));
    Ok(())
}

/// What each generator took, the SDK's first; without those that failed, whose words are noted.
fn generate(
    place: &Place,
    xtask: &Path,
    peers: &mut Vec<&Peer>,
    notes: &mut Vec<String>,
) -> Result<Vec<Cost>, Failure> {
    let (mut ours, mut theirs) = (Vec::new(), BTreeMap::<&str, Vec<Cost>>::new());
    for _ in 0..GENERATIONS {
        let mut command = Command::new(xtask);
        command.arg("gen").arg("--out").arg(place.empty("jdy")?);
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        ours.push(cost::of(&mut command, &place.log("gen-jdy"))?);
        peers.retain(|peer| match peer.generate(place) {
            Ok(cost) => {
                theirs.entry(peer.name).or_default().push(cost);
                true
            }
            Err(error) => {
                notes.push(format!("{}: wrote nothing: {error}", peer.name));
                false
            }
        });
    }
    let mut medians = vec![Cost::median(&ours)];
    medians.extend(
        peers
            .iter()
            .filter_map(|peer| theirs.get(peer.name))
            .map(|costs| Cost::median(costs)),
    );
    Ok(medians)
}

/// Checks and builds all crates in turns, and prints what it took. What does not compile is noted.
fn crates(written: &mut Vec<Written>, notes: &mut Vec<String>) -> Result<(), Failure> {
    for (arguments, turns) in [(written::CHECK, CHECKS), (written::RELEASE, BUILDS)] {
        // The first turn builds what the crates depend on.
        for turn in 0..=turns {
            written.retain_mut(|one| {
                let built = match turn {
                    0 => one.prepare(arguments),
                    _ => one.build(arguments),
                };
                let note = |error| format!("{}: {}: {error}", one.title, arguments[0]);
                built.map_err(|error| notes.push(note(error))).is_ok()
            });
        }
    }
    println!(
        "\n| crates | check: processor | time | memory | release build: processor | time | memory | \
         library for each operation |\n|---|---|---|---|---|---|---|---|"
    );
    for one in &*written {
        println!(
            "| {} | {} | {} | {:.1} kB |",
            one.title,
            one.check().cells(),
            one.release().cells(),
            one.library()? as f64 / 1e3 / one.operations as f64
        );
    }
    let Some((ours, theirs)) = written.split_first() else {
        return Ok(());
    };
    println!();
    for one in theirs {
        let ratio =
            |of: fn(&Written) -> Cost| of(ours).cpu.as_secs_f64() / of(one).cpu.as_secs_f64();
        println!(
            "processor time of {}'s crate: jdy takes {:.3} of the check and {:.3} of the release build",
            one.title,
            ratio(Written::check),
            ratio(Written::release)
        );
    }
    Ok(())
}
