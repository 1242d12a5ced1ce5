//! The post-mortem of a collapse, in Markdown.

mod cells;
mod events;

use super::{AgentRecord, BlackBox, Verification};
use crate::cluster::RewardTerm;
use std::fmt::Write;

/// Writes what happened: the facts, when the risk rose, what the agent did, which cell failed first, what was done from
/// outside, what was earned, and whether all of it could be confirmed by playing the episode again.
///
/// # Errors
/// As [`BlackBox::player`].
pub fn report(it: &BlackBox) -> Result<String, String> {
    let verification = it.verify()?;
    let sound = match &verification {
        Verification::Same { links } => *links,
        Verification::Differs(difference) => difference.moment,
    };
    let mut text = String::new();
    let ending = it.moments.iter().rev().find_map(|moment| moment.agent_record.as_deref());
    head(&mut text, it, ending, &verification);
    risk(&mut text, it);
    events::write(&mut text, it);
    cells::write(&mut text, it, sound)?;
    rewards(&mut text, it, sound)?;
    Ok(text)
}

/// Appends a line. Writing into a text cannot fail.
macro_rules! line {
    ($text:expr) => { $text.push('\n') };
    ($text:expr, $($part:tt)+) => {{ let _ = writeln!($text, $($part)+); }};
}
use line;

fn head(text: &mut String, it: &BlackBox, ending: Option<&AgentRecord>, verification: &Verification) {
    let scenario = &it.settings.cluster;
    let (steps, tick) = (it.action_log.steps(), it.tick);
    let cause =
        ending.map_or("for a cause that the file does not tell", |agent_record| match agent_record.outcome.name() {
            "critical-oom" => "because a critical cell ran out of memory (`critical-oom`)",
            "oom-limit" => "because too many cells were out of memory at once (`oom-limit`)",
            "overload" => "because the mean load passed 0.9 (`overload`)",
            _ => "without a collapse",
        });
    line!(text, "# Post-mortem of episode {}\n", it.episode);
    line!(
        text,
        "The cluster of scenario `{}` ended after {steps} steps, at tick {tick} of the run, {cause}.\n",
        scenario.name
    );
    line!(text, "| | |\n|---|---|");
    line!(text, "| scenario | `{}`, {} x {} cells |", scenario.name, scenario.rows, scenario.columns);
    line!(text, "| seed of the run | {} |", it.settings.run.seed);
    line!(text, "| cluster, its own episode | {}, {} |", it.cluster, it.number);
    line!(text, "| seed of the episode | {} |", it.seed);
    if let Some((trace, trace_slice)) = &it.trace {
        let (rows, print) = (trace_slice.rows, trace.fingerprint);
        line!(
            text,
            "| trace | `{}`, {rows} rows, fingerprint {print:016x}, from row {} |",
            trace.name,
            trace_slice.first
        );
    }
    let manual: u64 = it.action_log.manual().iter().map(|(_, count)| count).sum();
    if manual > 0 {
        line!(text, "| driven by a person | {manual} of {steps} steps |");
    }
    line!(text, "| written by | resonetics {} |", it.program);
    match verification {
        Verification::Same { links } => {
            line!(text, "| played again | the same: all {links} hashes of states match |");
        }
        Verification::Differs(difference) => {
            line!(text, "| played again | not the same: {difference} |");
            line!(text, "\nWhat follows is told up to there, and from the moments that the file tells in full.");
        }
    }
}

/// When the risk rose above each level, for how many steps before the end it stayed there.
fn risk(text: &mut String, it: &BlackBox) {
    line!(text, "\n## When the risk rose\n");
    let risks: Vec<(u64, f32)> =
        it.moments.iter().filter_map(|moment| Some((moment.tick, moment.agent_record.as_deref()?.risk))).collect();
    if risks.is_empty() {
        line!(text, "The file tells no moment in full, so no forecast is known.");
        return;
    }
    let horizon = it.settings.prophet.horizon;
    line!(
        text,
        "The Prophet's probability of a collapse within {horizon} steps, over the last {} steps:\n",
        risks.len()
    );
    line!(text, "`{}`\n", sparkline(&risks.iter().map(|(_, risk)| *risk).collect::<Vec<_>>()));
    line!(text, "| risk | first from | above it to the end from | steps ahead |\n|---|---|---|---|");
    let mut levels = [0.1, it.settings.view.alarm, 0.5];
    levels.sort_by(f64::total_cmp);
    let above = |(_, risk): &&(u64, f32), level: f64| f64::from(*risk) >= level;
    for level in levels {
        let first = risks.iter().find(|point| above(point, level)).map(|(tick, _)| *tick);
        let steady = risks.iter().rev().take_while(|point| above(point, level)).last().map(|(tick, _)| *tick);
        let cell = |tick: Option<u64>| tick.map_or("never".to_owned(), |tick| format!("tick {tick}"));
        let ahead = steady.map_or("not foreseen".to_owned(), |tick| (it.tick - tick.min(it.tick)).to_string());
        let alarm = if level == it.settings.view.alarm { " (alarm)" } else { "" };
        line!(text, "| {:.0}%{alarm} | {} | {} | {ahead} |", 100.0 * level, cell(first), cell(steady));
    }
}

/// Sums of the reward's terms over what was played again.
fn rewards(text: &mut String, it: &BlackBox, sound: usize) -> Result<(), String> {
    let mut sums = crate::cluster::RewardTerms::default();
    for played in it.player()?.take(sound) {
        if let super::PlayedEvent::Act { step, .. } = played.event {
            sums.add(&step.reward);
        }
    }
    line!(text, "\n## What was earned\n");
    line!(text, "| term | sum |\n|---|---|");
    for (term, sum) in RewardTerm::ALL.iter().zip(sums.0).filter(|(_, sum)| *sum != 0.0) {
        line!(text, "| {} | {sum:.3} |", term.column().trim_start_matches("reward_").replace('_', " "));
    }
    line!(text, "| all | {:.3} |", sums.total());
    Ok(())
}

/// At most this many signs in a curve.
const SIGNS: usize = 60;

/// A curve of numbers from 0 to 1 in one line of text; each sign is the largest of its stretch.
fn sparkline(numbers: &[f32]) -> String {
    const HEIGHTS: [char; 8] =
        ['\u{2581}', '\u{2582}', '\u{2583}', '\u{2584}', '\u{2585}', '\u{2586}', '\u{2587}', '\u{2588}'];
    let stretch = numbers.len().div_ceil(SIGNS).max(1);
    let highest = numbers.chunks(stretch).map(|chunk| chunk.iter().copied().fold(0.0, f32::max));
    highest.map(|number| HEIGHTS[((number * 8.0) as usize).min(7)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_shows_the_highest_of_each_stretch() {
        assert_eq!(sparkline(&[0.0, 0.5, 1.0]), "\u{2581}\u{2585}\u{2588}");
        let mut long = vec![0.0; 600];
        long[599] = 1.0;
        let curve: Vec<char> = sparkline(&long).chars().collect();
        assert_eq!((curve.len(), curve[58], curve[59]), (60, '\u{2581}', '\u{2588}'));
        assert_eq!(sparkline(&[]), "");
    }
}
