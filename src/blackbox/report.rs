//! The post-mortem of a collapse, in Markdown.

mod cells;
mod events;

use super::{AgentRecord, BlackBox, Verification};
use crate::cluster::RewardTerm;
use std::fmt::Write;

/// Writes the post-mortem: the facts, when the risk rose, what the agent did, which cell failed first, external events,
/// rewards, and whether a replay confirms all of it.
///
/// # Errors
/// As [`BlackBox::player`].
pub fn report(black_box: &BlackBox) -> Result<String, String> {
    let verification = black_box.verify()?;
    let sound = match &verification {
        Verification::Same { hashes } => *hashes,
        Verification::Differs(difference) => difference.moment,
    };
    let mut text = String::new();
    let ending = black_box.moments.iter().rev().find_map(|moment| moment.agent_record.as_deref());
    head(&mut text, black_box, ending, &verification);
    risk(&mut text, black_box);
    events::write(&mut text, black_box);
    cells::write(&mut text, black_box, sound)?;
    rewards(&mut text, black_box, sound)?;
    Ok(text)
}

/// Appends a line. Writing to a `String` cannot fail.
macro_rules! line {
    ($text:expr) => { $text.push('\n') };
    ($text:expr, $($part:tt)+) => {{ let _ = writeln!($text, $($part)+); }};
}
use line;

fn head(text: &mut String, black_box: &BlackBox, ending: Option<&AgentRecord>, verification: &Verification) {
    let scenario = &black_box.settings.cluster;
    let (steps, tick) = (black_box.action_log.steps(), black_box.tick);
    let cause =
        ending.map_or("for a cause that the file does not record", |agent_record| match agent_record.outcome.name() {
            "critical-oom" => "because a critical cell ran out of memory (`critical-oom`)",
            "oom-limit" => "because too many cells were out of memory at once (`oom-limit`)",
            "overload" => "because the mean load passed 0.9 (`overload`)",
            _ => "without a collapse",
        });
    line!(text, "# Post-mortem of episode {}\n", black_box.episode);
    line!(
        text,
        "The cluster of scenario `{}` ended after {steps} steps, at tick {tick} of the run, {cause}.\n",
        scenario.name
    );
    line!(text, "| | |\n|---|---|");
    line!(text, "| scenario | `{}`, {} x {} cells |", scenario.name, scenario.rows, scenario.columns);
    line!(text, "| seed of the run | {} |", black_box.settings.run.seed);
    line!(text, "| cluster, its own episode | {}, {} |", black_box.cluster, black_box.number);
    line!(text, "| seed of the episode | {} |", black_box.seed);
    if let Some((trace, trace_slice)) = &black_box.trace {
        let (rows, print) = (trace_slice.rows, trace.fingerprint);
        line!(
            text,
            "| trace | `{}`, {rows} rows, fingerprint {print:016x}, from row {} |",
            trace.name,
            trace_slice.first
        );
    }
    let manual: u64 = black_box.action_log.manual().iter().map(|(_, count)| count).sum();
    if manual > 0 {
        line!(text, "| driven by a person | {manual} of {steps} steps |");
    }
    line!(text, "| written by | resonetics {} |", black_box.program);
    match verification {
        Verification::Same { hashes } => {
            line!(text, "| replay | the same: all {hashes} hashes of states match |");
        }
        Verification::Differs(difference) => {
            line!(text, "| replay | not the same: {difference} |");
            line!(
                text,
                "\nWhat follows covers the episode up to there, and the moments that the file records in full."
            );
        }
    }
}

/// When the risk rose above each level, and for how many steps before the end it stayed there.
fn risk(text: &mut String, black_box: &BlackBox) {
    line!(text, "\n## When the risk rose\n");
    let risks: Vec<(u64, f32)> = black_box
        .moments
        .iter()
        .filter_map(|moment| Some((moment.tick, moment.agent_record.as_deref()?.forecast.risk())))
        .collect();
    if risks.is_empty() {
        line!(text, "The file records no moment in full, so no forecast is known.");
        return;
    }
    let horizon = black_box.settings.prophet.longest_horizon();
    line!(
        text,
        "The Prophet's probability of a collapse within {horizon} steps, over the last {} steps:\n",
        risks.len()
    );
    line!(text, "`{}`\n", sparkline(&risks.iter().map(|(_, risk)| *risk).collect::<Vec<_>>()));
    line!(text, "| risk | first from | above it to the end from | steps ahead |\n|---|---|---|---|");
    let mut levels = [0.1, black_box.settings.view.alarm, 0.5];
    levels.sort_by(f64::total_cmp);
    let above = |(_, risk): &&(u64, f32), level: f64| f64::from(*risk) >= level;
    for level in levels {
        let first = risks.iter().find(|point| above(point, level)).map(|(tick, _)| *tick);
        let steady = risks.iter().rev().take_while(|point| above(point, level)).last().map(|(tick, _)| *tick);
        let cell = |tick: Option<u64>| tick.map_or("never".to_owned(), |tick| format!("tick {tick}"));
        let ahead =
            steady.map_or("not foreseen".to_owned(), |tick| (black_box.tick - tick.min(black_box.tick)).to_string());
        let alarm = if level == black_box.settings.view.alarm { " (alarm)" } else { "" };
        line!(text, "| {:.0}%{alarm} | {} | {} | {ahead} |", 100.0 * level, cell(first), cell(steady));
    }
}

/// Sums of the reward terms over the replayed steps.
fn rewards(text: &mut String, black_box: &BlackBox, sound: usize) -> Result<(), String> {
    let mut sums = crate::cluster::RewardTerms::default();
    for played in black_box.player()?.take(sound) {
        if let super::PlayedEvent::Act { step, .. } = played.event {
            sums.add(&step.reward);
        }
    }
    line!(text, "\n## Rewards\n");
    line!(text, "| term | sum |\n|---|---|");
    for (term, sum) in RewardTerm::ALL.iter().zip(sums.0).filter(|(_, sum)| *sum != 0.0) {
        line!(text, "| {} | {sum:.3} |", term.column().trim_start_matches("reward_").replace('_', " "));
    }
    line!(text, "| all | {:.3} |", sums.total());
    Ok(())
}

/// Most characters of a curve.
const CURVE_WIDTH: usize = 60;

/// A curve of numbers from 0 to 1 in one line of text; each character shows the largest number of its bucket.
fn sparkline(numbers: &[f32]) -> String {
    const HEIGHTS: [char; 8] =
        ['\u{2581}', '\u{2582}', '\u{2583}', '\u{2584}', '\u{2585}', '\u{2586}', '\u{2587}', '\u{2588}'];
    let bucket = numbers.len().div_ceil(CURVE_WIDTH).max(1);
    let highest = numbers.chunks(bucket).map(|chunk| chunk.iter().copied().fold(0.0, f32::max));
    highest.map(|number| HEIGHTS[((number * 8.0) as usize).min(7)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_shows_the_highest_of_each_bucket() {
        assert_eq!(sparkline(&[0.0, 0.5, 1.0]), "\u{2581}\u{2585}\u{2588}");
        let mut long = vec![0.0; 600];
        long[599] = 1.0;
        let curve: Vec<char> = sparkline(&long).chars().collect();
        assert_eq!((curve.len(), curve[58], curve[59]), (60, '\u{2581}', '\u{2588}'));
        assert_eq!(sparkline(&[]), "");
    }
}
