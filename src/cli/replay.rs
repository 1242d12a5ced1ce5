//! `resonetics replay`: replays, verifies or reports on the black boxes of collapses.

use super::CliError;
use super::force::ForceOption;
use super::output::{errln, outln};
use crate::blackbox::{BlackBox, BlackBoxError, Verification, report};
use crate::storage::{OutputFile, black_boxes_in};
#[cfg(feature = "visual")]
use crate::view::ScreenshotJob;
use clap::Args;
use std::path::{Path, PathBuf};

/// ReplayOptions of the replay.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  resonetics replay runs/first/blackbox/episode-00000012.rsbb              watch the collapse in the window
  resonetics replay --headless runs/first                                  re-simulate every collapse of a run
  resonetics replay --report episode-00000012.rsbb                         a post-mortem to the terminal
  resonetics replay --report=why.md episode-00000012.rsbb                  the same into a file

A black box is written on every collapse into the folder blackbox/ of a run. It holds all it takes to repeat the episode,
including the trace, and a hash of every state. --headless exits with 0 if every state of every file equals the recorded
one, with 1 if one differs, and with 2 if a file is not a black box. Nothing learns, and no run folder is changed.")]
pub struct ReplayOptions {
    /// Black boxes; folders of them; run folders
    #[arg(value_name = "FILE|RUN", required = true)]
    files: Vec<PathBuf>,
    /// Re-simulate without a window and compare every state
    #[arg(long)]
    headless: bool,
    /// Write a report in Markdown, to the terminal or into a file
    #[arg(long, value_name = "FILE.md", num_args = 0..=1, require_equals = true)]
    report: Option<Option<PathBuf>>,
    /// Speed at the start: a multiple of 10 ticks per second, or `max`
    #[arg(long, value_name = "X", value_parser = super::options::speed)]
    speed: Option<f64>,
    /// Width and height of the window at the start, in logical pixels [default: 1280x720]
    #[arg(long, value_name = "WxH", value_parser = super::options::size)]
    size: Option<(u32, u32)>,
    /// The tick of the run to show first, paused
    #[arg(long, value_name = "N")]
    at_tick: Option<u64>,
    /// Save a picture of the window at that tick to this PNG file and exit; the state of the cells goes into FILE.json
    #[arg(long, value_name = "FILE", requires = "at_tick")]
    screenshot: Option<PathBuf>,
    #[command(flatten)]
    force: ForceOption,
}

/// Verifies, reports on, or shows black boxes.
///
/// # Errors
/// Files that are not black boxes, episodes that differ when replayed, or a window that cannot be opened.
pub fn run(options: &ReplayOptions) -> Result<(), CliError> {
    let files = files(&options.files)?;
    if let Some(file) = &options.report {
        let file = file.as_ref().map(|path| options.force.file(path)).transpose()?;
        write_reports(&files, file.as_ref())?;
    }
    if options.headless {
        return verify_all(&files);
    }
    if options.report.is_some() {
        return Ok(());
    }
    match files.as_slice() {
        [file] => watch(file, options),
        files => Err(CliError::BadInput(format!(
            "the window shows one black box, but these are {}: name one, or add --headless or --report",
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

/// Replays every file; fails with those that differ.
fn verify_all(files: &[PathBuf]) -> Result<(), CliError> {
    let (mut hashes, mut differing, mut broken) = (0, Vec::new(), Vec::new());
    for path in files {
        match BlackBox::load(path).and_then(|black_box| verify(&black_box, path)) {
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
    let joined = |problems: Vec<String>| problems.join("\nresonetics: ");
    match (broken.is_empty(), differing.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(CliError::Failed(joined(differing))),
        (false, _) => Err(CliError::BadInput(joined([broken, differing].concat()))),
    }
}

fn verify(black_box: &BlackBox, path: &Path) -> Result<Verification, BlackBoxError> {
    black_box.verify().map_err(|problem| BlackBoxError::Unusable { path: path.to_owned(), problem })
}

/// Writes the reports on all files as one text, to `out` or to the terminal.
fn write_reports(files: &[PathBuf], out: Option<&OutputFile>) -> Result<(), CliError> {
    let mut texts = Vec::new();
    for path in files {
        let black_box = BlackBox::load(path)?;
        texts.push(report(&black_box).map_err(|problem| BlackBoxError::Unusable { path: path.clone(), problem })?);
    }
    let text = texts.join("\n");
    let Some(out) = out else {
        outln!("{}", text.trim_end());
        return Ok(());
    };
    out.write(text.as_bytes())?;
    errln!("Wrote {}", out.path().display());
    Ok(())
}

#[cfg(feature = "visual")]
fn watch(file: &Path, options: &ReplayOptions) -> Result<(), CliError> {
    let ReplayOptions { speed, size, at_tick, screenshot, force, .. } = options;
    let picture = screenshot.as_ref().map(|path| Ok::<_, CliError>(ScreenshotJob::new(force.file(path)?, 0)?));
    let window = super::replay_window::ReplayWindowOptions {
        speed: *speed,
        size: *size,
        at_tick: *at_tick,
        picture: picture.transpose()?,
    };
    super::replay_window::run(file, window)
}

#[cfg(not(feature = "visual"))]
fn watch(file: &Path, _: &ReplayOptions) -> Result<(), CliError> {
    let name = file.display();
    Err(CliError::BadInput(format!(
        "this build has no window (feature `visual` is off): `resonetics replay --headless {name}` re-simulates it, and \
         --report describes it"
    )))
}
