//! Fuzzing of every loader: files of our own making (`tests/corpus`), changed in ways that know the format, read under a
//! counting allocator. No reader may panic, take long or take much memory, and what is accepted must be usable.
//!
//! ```sh
//! cargo test --release --test memory fuzz                                                      about 20 seconds
//! RESONETICS_FUZZ_CASES=10000000 cargo test --release --test memory fuzz -- --nocapture        spread over all formats
//! RESONETICS_FUZZ_FORMAT=checkpoint RESONETICS_FUZZ_SEED=2 cargo test --release --test memory fuzz -- --nocapture
//! cargo test --release --test memory fuzz -- --ignored                                         makes the corpus anew
//! ```
//!
//! A case is its format, the seed and its number: the same three give the same bytes. A case that fails is written to the
//! temporary folder. A format is one line in `formats::all` and a folder of the corpus, in which the names of files that must
//! be refused begin with `broken`.

mod archive;
mod corpus;
mod formats;
mod mutate;
mod states;

use crate::heap;
use formats::Format;
use mutate::{AgentRng, Mutator};
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Cases of a run that asks for no number.
const CASES: u64 = 400_000;
/// The longest that a case may take.
const LONGEST: Duration = Duration::from_secs(5);
/// After so long the process is ended with the number of the case that never ends.
const ENDLESS: Duration = Duration::from_secs(120);
/// The most memory that a case may take, in bytes.
const MOST_MEMORY: usize = 512 << 20;

/// The folder of a format's files.
fn folder(format: &Format) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(format.name)
}

/// The files of a format, in order of their names.
fn files(format: &Format) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder(format)).unwrap_or_else(|error| panic!("{}: {error}", format.name));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), fs::read(path).unwrap())).collect()
}

fn number(variable: &str, otherwise: u64) -> u64 {
    let text = std::env::var(variable);
    text.map_or(otherwise, |text| text.replace('_', "").parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

/// What became of the cases of a format.
#[derive(Default)]
struct RunStats {
    cases: u64,
    accepted: u64,
    panics: u64,
    slowest: Duration,
    /// Number of the slowest case.
    slowest_case: u64,
    /// The most memory that a case took, and what all of them left behind, in bytes.
    memory: usize,
    left: usize,
    /// The first cases that failed, and why.
    failures: Vec<String>,
}

/// Ends the process when a case never ends; a thread of its own sees that.
struct Watchdog {
    cases: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Watchdog {
    fn new(name: &'static str) -> Self {
        let watchdog = Self { cases: Arc::default(), stop: Arc::default() };
        let (cases, stop) = (Arc::clone(&watchdog.cases), Arc::clone(&watchdog.stop));
        thread::spawn(move || {
            let mut last = (0, Instant::now());
            while !stop.load(Relaxed) {
                thread::sleep(Duration::from_millis(100));
                let now = cases.load(Relaxed);
                if now != last.0 {
                    last = (now, Instant::now());
                } else if last.1.elapsed() > ENDLESS {
                    eprintln!("{name}: case {now} does not end");
                    std::process::exit(101);
                }
            }
        });
        watchdog
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
    }
}

/// Reads one case; none after a panic.
fn read(format: &Format, bytes: &[u8], stats: &mut RunStats) -> Option<bool> {
    let start = Instant::now();
    let base = heap::begin();
    let accepted = panic::catch_unwind(AssertUnwindSafe(|| (format.read)(bytes))).ok();
    stats.memory = stats.memory.max(heap::peak().saturating_sub(base));
    stats.slowest = stats.slowest.max(start.elapsed());
    stats.cases += 1;
    stats.accepted += u64::from(accepted == Some(true));
    stats.panics += u64::from(accepted.is_none());
    accepted
}

/// The cases of one format.
fn fuzz(format: &Format, cases: u64, seed: u64) -> RunStats {
    let files = files(format);
    assert!(!files.is_empty(), "{} has no corpus", format.name);
    let mut stats = RunStats::default();
    for (name, bytes) in &files {
        let accepted = read(format, bytes, &mut stats);
        assert_eq!(accepted, Some(!name.starts_with("broken")), "{}/{name} was read otherwise", format.name);
    }
    let seeds: Vec<_> = files.into_iter().map(|(_, bytes)| bytes).collect();
    let mutator = Mutator::new(&seeds, format.words);
    let held = heap::begin();
    let watchdog = Watchdog::new(format.name);
    let (mut bytes, mut message) = (Vec::new(), Instant::now());
    for case in 0..cases {
        watchdog.cases.store(case, Relaxed);
        let mut rng = AgentRng::new(seed, format.name, case);
        mutator.change(&mut bytes, &mut rng);
        if let Some(repair) = format.repair
            && rng.below(10) > 0
        {
            repair(&mut bytes);
        }
        let (memory, slowest) = (stats.memory, stats.slowest);
        let accepted = read(format, &bytes, &mut stats);
        if stats.slowest > slowest {
            stats.slowest_case = case;
        }
        let problem = match accepted {
            None => Some("panicked"),
            Some(_) if stats.slowest > LONGEST && stats.slowest > slowest => Some("took too long"),
            Some(_) if stats.memory > MOST_MEMORY && stats.memory > memory => Some("took too much memory"),
            Some(_) => None,
        };
        if let Some(problem) = problem
            && stats.failures.len() < 5
        {
            let path = std::env::temp_dir().join(format!("fuzz-{}-{seed}-{case}", format.name));
            fs::write(&path, &bytes).unwrap();
            stats.failures.push(format!("{}: case {case} of seed {seed} {problem}: {}", format.name, path.display()));
        }
        if message.elapsed() > Duration::from_secs(60) {
            message = Instant::now();
            println!("{:>20}: {case} of {cases}, {} accepted, {} panics", format.name, stats.accepted, stats.panics);
        }
    }
    drop(bytes);
    stats.left = heap::begin().saturating_sub(held);
    stats
}

#[test]
fn no_loader_panics_hangs_or_takes_much_memory_whatever_a_file_holds() {
    let (cases, seed) = (number("RESONETICS_FUZZ_CASES", CASES), number("RESONETICS_FUZZ_SEED", 1));
    let only = std::env::var("RESONETICS_FUZZ_FORMAT").unwrap_or_default();
    let formats: Vec<_> = formats::all().into_iter().filter(|it| only.is_empty() || it.name == only).collect();
    let shares: u64 = formats.iter().map(|format| format.share).sum();
    panic::set_hook(Box::new(|problem| eprintln!("{problem}")));
    println!(
        "{:>20} {:>10} {:>10} {:>10} {:>7} {:>12} {:>10} {:>10}",
        "format", "cases", "accepted", "refused", "panics", "slowest", "peak", "left"
    );
    let (mut failures, mut all, mut start) = (Vec::new(), RunStats::default(), Instant::now());
    let begun = start;
    for format in &formats {
        let stats = fuzz(format, (cases * format.share).div_ceil(shares), seed);
        let refused = stats.cases - stats.accepted - stats.panics;
        println!(
            "{:>20} {:>10} {:>10} {refused:>10} {:>7} {:>9.1} ms {:>6} KiB {:>6} KiB in {:.0} s; slowest: case {}",
            format.name,
            stats.cases,
            stats.accepted,
            stats.panics,
            stats.slowest.as_secs_f64() * 1e3,
            stats.memory >> 10,
            stats.left >> 10,
            start.elapsed().as_secs_f64(),
            stats.slowest_case,
        );
        start = Instant::now();
        all.cases += stats.cases;
        all.accepted += stats.accepted;
        all.panics += stats.panics;
        all.slowest = all.slowest.max(stats.slowest);
        all.memory = all.memory.max(stats.memory);
        failures.extend(stats.failures);
    }
    let _ = panic::take_hook();
    println!(
        "{} cases of seed {seed} in {:.0} s: {} accepted, {} panics, slowest {:.1} ms, peak {:.1} MiB of the heap, {} MiB of the process",
        all.cases,
        begun.elapsed().as_secs_f64(),
        all.accepted,
        all.panics,
        all.slowest.as_secs_f64() * 1e3,
        all.memory as f64 / f64::from(1 << 20),
        heap::of_process() >> 20,
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(all.accepted > all.cases / 100, "hardly anything was accepted: the cases go astray");
}

#[test]
fn the_corpus_is_small_and_holds_a_file_to_accept_of_every_format() {
    let mut bytes = 0;
    for format in formats::all() {
        let files = files(&format);
        bytes += files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
        assert!(files.iter().any(|(name, _)| !name.starts_with("broken")), "{}", format.name);
    }
    assert!(bytes < 400_000, "{bytes} bytes");
}

#[test]
#[ignore = "writes the files of the corpus"]
fn make_the_corpus_anew() {
    corpus::write(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"));
}
