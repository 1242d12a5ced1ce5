//! `resonetics replay`: what a collapse left behind, played again.

use super::CliError;
use super::stdout::outln;
use crate::blackbox::{BlackBox, BlackBoxError, Verification, report};
use crate::storage::{RecordError, black_boxes_in, write_file};
use clap::Args;
use std::path::{Path, PathBuf};

/// Options of the replay.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  resonetics replay runs/first/blackbox/episode-00000012.rsbb              watch the collapse in the window
  resonetics replay --headless runs/first                                  re-simulate every collapse of a run
  resonetics replay --report episode-00000012.rsbb                         a post-mortem to the terminal
  resonetics replay --report=why.md episode-00000012.rsbb                  the same into a file

A black box is written on every collapse into the folder blackbox/ of a run. It holds all it takes to repeat the episode,
also of a trace, and a hash of every state. --headless ends with exit code 0 if every state of every file is the recorded
one, with 1 if one differs, and with 2 if a file is no black box. Nothing learns, and no run folder is touched.")]
pub struct Options {
    /// Black boxes; folders of them; run folders
    #[arg(value_name = "FILE|RUN", required = true)]
    files: Vec<PathBuf>,
    /// Re-simulate without a window and compare every state
    #[arg(long)]
    headless: bool,
    /// Write a report in Markdown, to the terminal or into a new file
    #[arg(long, value_name = "FILE.md", num_args = 0..=1, require_equals = true)]
    report: Option<Option<PathBuf>>,
    /// Speed at the start: a multiple of 10 ticks per second, or `max`
    #[arg(long, value_name = "X", value_parser = super::options::speed)]
    speed: Option<f64>,
    /// Width and height of the window at the start, in logical pixels [default: 1280x720]
    #[arg(long, value_name = "WxH", value_parser = super::options::size)]
    size: Option<(u32, u32)>,
    /// The tick of the run to look at first, paused
    #[arg(long, value_name = "N")]
    at_tick: Option<u64>,
    /// Save a picture of the window at that tick to this PNG file and end; the cells' state goes next to it as JSON
    #[arg(long, value_name = "FILE", requires = "at_tick")]
    screenshot: Option<PathBuf>,
}

/// Confirms, reports on, or shows black boxes.
///
/// # Errors
/// Files that are none, episodes that differ when they are played again, or a window that cannot be opened.
pub fn run(options: &Options) -> Result<(), CliError> {
    let files = files(&options.files)?;
    if let Some(place) = &options.report {
        reports(&files, place.as_deref())?;
    }
    if options.headless {
        return confirm(&files);
    }
    if options.report.is_some() {
        return Ok(());
    }
    match files.as_slice() {
        [file] => watch(file, options),
        files => Err(CliError::BadInput(format!(
            "the window shows one black box, and these are {}: name one, or add --headless or --report",
            files.len()
        ))),
    }
}

/// The files named, and those in the folders named.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let inside = black_boxes_in(path);
        if inside.is_empty() {
            return Err(CliError::BadInput(format!("there is no black box in {}", path.display())));
        }
        files.extend(inside);
    }
    Ok(files)
}

/// Plays every file again and tells of those that differ.
fn confirm(files: &[PathBuf]) -> Result<(), CliError> {
    let (mut hashes, mut differing, mut broken) = (0, Vec::new(), Vec::new());
    for path in files {
        match BlackBox::load(path).and_then(|it| verify(&it, path)) {
            Ok(Verification::Same { hashes: more }) => {
                hashes += more;
                if files.len() == 1 {
                    outln!("{}: the episode is the same when it is played again", path.display());
                }
            }
            Ok(Verification::Differs(difference)) => differing.push(format!("{}: {difference}", path.display())),
            Err(error) if error.is_bad_input() => broken.push(error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    let same = files.len() - differing.len() - broken.len();
    let boxes = if files.len() == 1 { "black box" } else { "black boxes" };
    outln!("{same} of {} {boxes} re-simulated, {hashes} hashes match", files.len());
    let message = |problems: Vec<String>| problems.join("\nresonetics: ");
    match (broken.is_empty(), differing.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(CliError::Failed(message(differing))),
        (false, _) => Err(CliError::BadInput(message([broken, differing].concat()))),
    }
}

fn verify(it: &BlackBox, path: &Path) -> Result<Verification, BlackBoxError> {
    it.verify().map_err(|problem| BlackBoxError::Unusable { path: path.to_owned(), problem })
}

/// Writes the reports of all files into one text.
fn reports(files: &[PathBuf], place: Option<&Path>) -> Result<(), CliError> {
    let mut texts = Vec::new();
    for path in files {
        let it = BlackBox::load(path)?;
        texts.push(report(&it).map_err(|problem| BlackBoxError::Unusable { path: path.clone(), problem })?);
    }
    let text = texts.join("\n");
    let Some(place) = place else {
        outln!("{}", text.trim_end());
        return Ok(());
    };
    if place.exists() {
        let sentence = format!("{} is there already, and nothing is overwritten: name a new file", place.display());
        return Err(CliError::BadInput(sentence));
    }
    write_file(place, text.as_bytes()).map_err(|error: RecordError| CliError::from(error))?;
    eprintln!("Wrote {}", place.display());
    Ok(())
}

#[cfg(feature = "visual")]
fn watch(file: &Path, options: &Options) -> Result<(), CliError> {
    let Options { speed, size, at_tick, screenshot, .. } = options;
    let look = super::replay_window::ReplayWindowOptions {
        speed: *speed,
        size: *size,
        at_tick: *at_tick,
        picture: screenshot.clone(),
    };
    super::replay_window::run(file, look)
}

#[cfg(not(feature = "visual"))]
fn watch(file: &Path, _: &Options) -> Result<(), CliError> {
    let name = file.display();
    Err(CliError::BadInput(format!(
        "this build has no window (feature `visual` is off): `resonetics replay --headless {name}` re-simulates it, and \
         --report tells about it"
    )))
}
