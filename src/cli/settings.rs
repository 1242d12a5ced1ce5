//! `resonetics settings`: every setting with its default, range and unit.

use super::CliError;
use super::options::RunOptions;
use super::output::outln;
use clap::Args;

/// SettingsOptions of the list.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  resonetics settings
  resonetics settings --scenario cascade --set pilot.gamma=0.95 --ron > mine.ron")]
pub struct SettingsOptions {
    #[command(flatten)]
    run: RunOptions,
    /// Print the settings as a RON file that --settings takes
    #[arg(long)]
    ron: bool,
}

/// Prints the settings that the options describe.
///
/// # Errors
/// Invalid options.
pub fn run(options: &SettingsOptions) -> Result<(), CliError> {
    let mut settings = options.run.settings()?;
    if options.ron {
        outln!("{}", settings.to_ron());
        return Ok(());
    }
    settings.each(&mut |path, spec, slot| {
        outln!("{path} = {}\n    {} Takes {}.", slot.text(), spec.help, slot.expectation(spec));
    });
    Ok(())
}
