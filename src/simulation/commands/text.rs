//! Commands as text, as in `commands.csv`, written and parsed.

use crate::bounded::quoted;
use crate::cluster::{Action, Intervention, ParseError, Tokens};
use crate::settings::Settings;
use crate::simulation::Command;
use crate::storage::OutputFile;
use std::path::PathBuf;

/// The text of a command, for `commands.csv`.
pub(in crate::simulation) fn describe(command: &Command, settings: &Settings) -> String {
    match command {
        Command::Set { path, value } => format!("set {path} {}", value.trim()),
        Command::Save(None) => "save".to_owned(),
        Command::Save(Some(file)) => format!("save {}", file.path().display()),
        Command::Load(path) => format!("load {}", path.display()),
        Command::ExportEpisodes(file) => format!("export {}", file.path().display()),
        Command::Intervene { cluster, intervention } => {
            format!("{} in cluster {cluster}", intervention.describe(settings.cluster.columns))
        }
        Command::TakeOver(cluster) => format!("take over cluster {cluster}"),
        Command::Drive(action) => format!("drive {}", action.name()),
        Command::HandBack => "hand back".to_owned(),
        Command::Restart(settings) => format!("begin {} seed {}", settings.cluster.name, settings.run.seed),
    }
}

/// Parses a command from the text of [`describe`]. The text of a restart does not contain its settings, so it is accepted only
/// as the beginning of a run with exactly these settings.
///
/// # Errors
/// The first word that is not part of a command, or is impossible under these settings.
pub(in crate::simulation) fn parse(text: &str, settings: &Settings) -> Result<Command, ParseError> {
    let mut words = Tokens::new(text);
    let size = (settings.cluster.rows, settings.cluster.columns);
    let clusters = settings.run.clusters;
    let cluster = |words: &mut Tokens| {
        words.pass(&["cluster"])?;
        words.number(&format!("a cluster from 0 to {}", clusters.saturating_sub(1)), |index| *index < clusters)
    };
    let mut intervention_words = words.clone();
    let command = if let Some(intervention) = Intervention::read(&mut intervention_words, size)? {
        words = intervention_words;
        words.pass(&["in"])?;
        Command::Intervene { cluster: cluster(&mut words)?, intervention }
    } else {
        match words.word() {
            "set" => Command::Set { path: words.word().to_owned(), value: words.rest().to_owned() },
            "save" if text == "save" => Command::Save(None),
            "save" => Command::Save(Some(OutputFile::new(words.rest(), false))),
            "load" => Command::Load(PathBuf::from(words.rest())),
            "export" => Command::ExportEpisodes(OutputFile::new(words.rest(), false)),
            "take" => {
                words.pass(&["over"])?;
                Command::TakeOver(cluster(&mut words)?)
            }
            "drive" => {
                let name = words.rest();
                let action = Action::ALL.into_iter().find(|action| action.name() == name);
                Command::Drive(action.ok_or_else(|| {
                    let names = Action::ALL.map(Action::name).join(", ");
                    words.refused(format!("\"{}\" is not an action; known: {names}", quoted(name)))
                })?)
            }
            "hand" => {
                words.pass(&["back"])?;
                Command::HandBack
            }
            "begin" => Command::Restart(Box::new(settings.clone())),
            other => {
                let problem = format!("\"{}\" is not the beginning of a command", quoted(other));
                return Err(words.refused(problem));
            }
        }
    };
    let expected_text = describe(&command, settings);
    if expected_text == text {
        return Ok(command);
    }
    // The first character that differs or is missing.
    let before = expected_text.chars().zip(text.chars()).take_while(|(expected, found)| expected == found).count();
    Err(ParseError { before, problem: format!("the command should be \"{}\"", quoted(&expected_text)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Region;
    use proptest::prelude::*;

    fn settings() -> Settings {
        let mut settings = Settings::default();
        (settings.run.clusters, settings.run.seed) = (7, 3);
        settings
    }

    /// Any command that can be written, with arbitrary text in it.
    fn commands() -> impl Strategy<Value = Command> {
        let text = "[ -~\u{a0}-\u{2fff}]{1,20}";
        let cell = 0_u32..36;
        prop_oneof![
            ("[a-z_.]{1,20}", text).prop_map(|(path, value)| Command::set(&path, value.trim())),
            Just(Command::Save(None)),
            text.prop_map(|path| Command::Save(Some(OutputFile::new(path, false)))),
            text.prop_map(|path| Command::Load(PathBuf::from(path))),
            text.prop_map(|path| Command::ExportEpisodes(OutputFile::new(path, false))),
            (0_usize..7, cell.clone(), 0.0_f32..=1.0).prop_map(|(cluster, cell, per_step)| Command::Intervene {
                cluster,
                intervention: Intervention::Leak { cell, per_step }
            }),
            (0_usize..7, cell, any::<u32>(), 0_u32..9).prop_map(|(cluster, middle, steps, radius)| {
                let region = Region { middle, radius };
                Command::Intervene { cluster, intervention: Intervention::Outage { region, steps } }
            }),
            (0_usize..7).prop_map(Command::TakeOver),
            (0_usize..8).prop_map(|at| Command::Drive(Action::ALL[at])),
            Just(Command::HandBack),
            Just(Command::Restart(Box::new(settings()))),
        ]
    }

    proptest! {
        #[test]
        fn a_command_reads_back_as_it_was_written(command in commands()) {
            let settings = settings();
            prop_assert_eq!(parse(&describe(&command, &settings), &settings), Ok(command));
        }

        #[test]
        fn no_text_reads_as_a_command_with_another_text(text in "[a-z0-9 .]{0,30}") {
            let settings = settings();
            if let Ok(command) = parse(&text, &settings) {
                prop_assert_eq!(describe(&command, &settings), text);
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_position() {
        for (text, before, problem) in [
            ("take over cluster 7", 18, "\"7\", expected a cluster from 0 to 6"),
            ("kill row 1 column 1 in cluster x", 31, "\"x\", expected a cluster from 0 to 6"),
            ("drive north", 6, "\"north\" is not an action; known: up, down"),
            ("hand back ", 9, "the command should be \"hand back\""),
            ("hand  back", 5, "the text ends here, expected \"back\""),
            ("begin default seed 4", 19, "the command should be \"begin default seed 3\""),
            ("rm -rf /", 0, "\"rm\" is not the beginning"),
            ("", 0, "\"\" is not the beginning"),
        ] {
            let refused = parse(text, &settings()).unwrap_err();
            assert_eq!(refused.before, before, "{text}: {refused:?}");
            assert!(refused.problem.starts_with(problem), "{text}: {refused:?}");
        }
    }
}
