//! Which cells failed, and how the first one did.

use super::{line, sparkline};
use crate::blackbox::{BlackBox, PlayedEvent};
use crate::cluster::{Action, OOM};
use std::fmt::Write;

/// Rows of the table of a cell's memory.
const ROWS: usize = 12;

/// A cell that was out of memory at the end.
struct FailedCell {
    cell: usize,
    /// Step of the episode after which it was out of memory for good.
    step: usize,
}

pub(super) fn write(text: &mut String, black_box: &BlackBox, sound: usize) -> Result<(), String> {
    line!(text, "\n## Which cell failed first\n");
    let mut player = black_box.player()?;
    // Since which step each cell has been out of memory, and how often cells recovered from that.
    let mut since: Vec<Option<usize>> = vec![None; player.cluster().cells().mem.len()];
    let mut recoveries = 0;
    while player.moments() < sound && player.next().is_some() {
        let step = player.steps();
        for (since, mem) in since.iter_mut().zip(&player.cluster().cells().mem) {
            match (*mem >= OOM, &since) {
                (true, None) => *since = Some(step),
                (false, Some(_)) => {
                    *since = None;
                    recoveries += 1;
                }
                _ => {}
            }
        }
    }
    let failed = since.iter().enumerate().filter_map(|(cell, since)| Some(FailedCell { cell, step: (*since)? }));
    let first = failed.min_by_key(|failure| failure.step);
    if recoveries > 0 {
        line!(text, "Cells ran out of memory and recovered {recoveries} times before.\n");
    }
    let Some(FailedCell { cell, step }) = first else {
        line!(text, "None: no cell was out of memory at the end.");
        return Ok(());
    };
    let (columns, cells) = (black_box.settings.cluster.columns, player.cluster().cells());
    let position = |cell: usize| format!("row {} column {}", cell / columns, cell % columns);
    let critical = if player.cluster().is_critical(cell) { ", critical" } else { "" };
    line!(
        text,
        "The cell at {} (priority {}{critical}) ran out of memory at tick {}, {} steps before the end, and stayed so. Its memory \
         from the beginning:\n",
        position(cell),
        cells.priority[cell],
        black_box.tick_at(step),
        black_box.action_log.steps() - step.min(black_box.action_log.steps()),
    );
    let last = cells.mem.iter().enumerate().filter(|(other, mem)| **mem >= OOM && *other != cell);
    let others: Vec<String> = last.map(|(other, _)| position(other)).collect();
    let (series, visits) = memory_curve(black_box, sound, cell)?;
    line!(text, "`{}`\n", sparkline(&series));
    line!(text, "| tick | memory |\n|---|---|");
    for (at, memory) in series.iter().enumerate().skip(series.len().saturating_sub(ROWS)) {
        line!(text, "| {} | {memory:.3} |", black_box.tick_at(at));
    }
    let visits_text = match visits.last() {
        Some((step, action)) => format!(
            "The agent cleaned or scaled it {} times, the last time at tick {} ({}).",
            visits.len(),
            black_box.tick_at(*step),
            action.name()
        ),
        None => "The agent never relieved it.".to_owned(),
    };
    line!(text, "\n{visits_text}");
    if !others.is_empty() {
        line!(text, "At the end these were out of memory as well: {}.", others.join("; "));
    }
    Ok(())
}

/// The memory of a cell after every step, and the steps at which an action of the agent took some of it away.
type MemoryCurve = (Vec<f32>, Vec<(usize, Action)>);

fn memory_curve(black_box: &BlackBox, sound: usize, cell: usize) -> Result<MemoryCurve, String> {
    let mut player = black_box.player()?;
    let (mut series, mut visits) = (Vec::new(), Vec::new());
    while player.moments() < sound {
        let before = series.last().copied().unwrap_or(0.0);
        let Some(played) = player.next() else { break };
        let now = player.cluster().cells().mem[cell];
        match played.event {
            PlayedEvent::Act { action, effect, .. } => {
                let (row, column) = player.cluster().agent();
                let here = player.cluster().index(row, column) == cell && effect.cleaned.is_some();
                if now < before && (here && action != Action::Throttle || effect.scaled > 0 && now < before - 0.1) {
                    visits.push((player.steps(), action));
                }
                series.push(now);
            }
            PlayedEvent::Start => series.push(now),
            PlayedEvent::Intervene(_) => {
                if let Some(last) = series.last_mut() {
                    *last = now;
                }
            }
        }
    }
    Ok((series, visits))
}
