//! The timeline: the recent past of the cluster in focus along the bottom of the window, with its risk, marks at
//! events, and a playhead that can be dragged.
//!
//! It reads each frame of the history once and keeps a few bytes of it, so that a long history costs no more per frame.

mod strip;

pub(super) use strip::show;

use super::widgets::colour;
use crate::simulation::{ActiveSettings, Cause, Frame, Pace, Playback};
use crate::view::{Playhead, Shown, TimelineMove};
use bevy::ecs::entity::Entity;
use bevy::ecs::prelude::{Res, ResMut, Resource};
use bevy::time::{Real, Time};
use bevy_egui::egui::Color32;
use std::collections::VecDeque;

/// Maximum number of moments of a recording played in one frame of the window.
const MAX_FRAMES_PER_UPDATE: u32 = 64;

/// An event that the timeline marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventMark {
    /// An episode began.
    Start,
    /// The risk rose above the alarm level.
    Alarm,
    /// A person intervened.
    Intervention,
    /// The cluster collapsed.
    Crash,
}

impl EventMark {
    fn colour(self) -> Color32 {
        match self {
            Self::Start => Color32::from_gray(130),
            Self::Alarm => Color32::from_rgb(240, 228, 66),
            Self::Intervention => colour::LOAD,
            Self::Crash => colour::RISK,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Start => "an episode begins",
            Self::Alarm => "the risk rises above the alarm level (view.alarm)",
            Self::Intervention => "somebody intervenes",
            Self::Crash => "the cluster collapses",
        }
    }
}

/// What the timeline keeps of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
struct RiskPoint {
    /// The Prophet's risk, where it is known.
    risk: Option<f32>,
    mark: Option<EventMark>,
}

/// State of the timeline.
#[derive(Resource, Debug, Default)]
pub(crate) struct Timeline {
    cluster: Option<Entity>,
    /// Number of the frame of the first point.
    first: u64,
    points: VecDeque<RiskPoint>,
    alarm: f64,
    /// Whether the risk of the last point was above the alarm level.
    above: bool,
    /// The moment that is shown: number of its frame, tick, step of the episode.
    now: Option<(u64, u64, usize)>,
    past: bool,
    recording: Option<Playback>,
    /// Pending moves, in order.
    pub(super) requested: Vec<TimelineMove>,
}

impl Timeline {
    /// Appends a frame.
    fn add(&mut self, frame: &Frame) {
        let risk = frame.forecast_and_decision().map(|(forecast, _)| forecast.risk());
        let outcome = frame.action_result.step.outcome;
        let rises = risk.is_some_and(|risk| f64::from(risk) >= self.alarm) && !self.above;
        let mark = match frame.cause {
            Cause::Start => Some(EventMark::Start),
            Cause::Intervention(_) => Some(EventMark::Intervention),
            Cause::Tick if outcome.is_collapse() => Some(EventMark::Crash),
            Cause::Tick => rises.then_some(EventMark::Alarm),
        };
        self.above = match (frame.cause, risk) {
            (Cause::Start, _) => false,
            (_, Some(risk)) => f64::from(risk) >= self.alarm,
            (_, None) => self.above,
        };
        self.points.push_back(RiskPoint { risk, mark });
    }

    /// Number of the frame of the last point.
    fn last_number(&self) -> Option<u64> {
        (self.first + self.points.len() as u64).checked_sub(1).filter(|_| !self.points.is_empty())
    }

    /// Number of the frame that a move from frame `at` leads to.
    fn target_of(&self, at: u64, requested: TimelineMove) -> Option<u64> {
        let last = self.last_number()?;
        let marks = |(number, point): (usize, &RiskPoint)| point.mark.map(|_| self.first + number as u64);
        let mut marked = self.points.iter().enumerate().filter_map(marks);
        let to = match requested {
            TimelineMove::To(number) => number,
            TimelineMove::Back => at.saturating_sub(1),
            TimelineMove::Forward => at + 1,
            TimelineMove::PreviousMark => marked.take_while(|number| *number < at).last().unwrap_or(self.first),
            TimelineMove::NextMark => marked.find(|number| *number > at).unwrap_or(last),
            TimelineMove::Live => last,
        };
        Some(to.clamp(self.first, last))
    }
}

/// Follows the frame history of the cluster in focus.
pub(super) fn track_history(
    shown: Shown,
    settings: Option<Res<ActiveSettings>>,
    recording: Option<Res<Playback>>,
    mut timeline: ResMut<Timeline>,
) {
    let (Some(settings), Some((cluster, _)), Some(frame_history)) = (settings, shown.entities(), shown.frame_history())
    else {
        return;
    };
    let (alarm, range) = (settings.0.view.alarm, frame_history.range());
    let next = timeline.first + timeline.points.len() as u64;
    let gap = next < range.start || next > range.end;
    if timeline.cluster != Some(cluster) || timeline.alarm != alarm || gap {
        let requested = std::mem::take(&mut timeline.requested);
        *timeline = Timeline { cluster: Some(cluster), first: range.start, alarm, requested, ..Timeline::default() };
    }
    for number in timeline.first + timeline.points.len() as u64..range.end {
        if let Some(frame) = frame_history.get(number) {
            timeline.add(frame);
        }
    }
    while timeline.first < range.start && timeline.points.pop_front().is_some() {
        timeline.first += 1;
    }
    timeline.now = shown.moment().zip(shown.frame()).map(|(moment, frame)| (moment.frame, frame.tick, frame.time));
    timeline.past = shown.is_past();
    if timeline.recording.as_ref() != recording.as_deref() {
        timeline.recording = recording.as_deref().cloned();
    }
}

/// Applies the pending moves. A look back pauses time; running time returns to the present.
pub(super) fn apply_moves(mut timeline: ResMut<Timeline>, mut playhead: ResMut<Playhead>, mut pace: ResMut<Pace>) {
    let Some(last) = timeline.last_number() else { return };
    let mut at = playhead.at;
    let requested = std::mem::take(&mut timeline.requested);
    for requested in &requested {
        at = timeline.target_of(at.unwrap_or(last), *requested).filter(|to| *to < last);
        if *requested != TimelineMove::Live {
            pace.running = false;
        }
    }
    if requested.is_empty() && timeline.recording.is_none() && (pace.running || pace.single_steps > 0) {
        at = None;
    }
    if playhead.at != at {
        playhead.at = at;
    }
}

/// Plays a recording: moves the playhead at the pace of the window.
pub(super) fn advance_recording(
    timeline: Res<Timeline>,
    settings: Res<ActiveSettings>,
    time: Res<Time<Real>>,
    mut playhead: ResMut<Playhead>,
    mut pace: ResMut<Pace>,
) {
    let Some(last) = timeline.last_number() else { return };
    if pace.running && playhead.at.is_none() {
        playhead.at = Some(timeline.first);
    }
    let due = u64::from(pace.due(time.delta_secs_f64(), settings.0.view.ticks_per_second, MAX_FRAMES_PER_UPDATE));
    let Some(at) = playhead.at.filter(|_| due > 0) else { return };
    playhead.at = Some(at + due).filter(|to| *to < last);
    pace.running &= playhead.at.is_some();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{CollapseCause, Intervention, Outcome};
    use crate::learning::RiskCurve;
    use crate::simulation::{ActionResult, Forecast};

    fn timeline() -> Timeline {
        let mut timeline = Timeline { first: 100, alarm: 0.3, ..Timeline::default() };
        let tick = |risk: f32, outcome| {
            let mut frame = Frame {
                cause: Cause::Tick,
                decision_known: true,
                action_result: ActionResult::default(),
                ..Frame::default()
            };
            frame.forecast = Forecast(RiskCurve::new(&[risk]));
            frame.action_result.step.outcome = outcome;
            frame
        };
        let outside = |cause| Frame { cause, ..Frame::default() };
        for frame in [
            outside(Cause::Start),
            tick(0.1, Outcome::Running),
            tick(0.4, Outcome::Running),
            tick(0.5, Outcome::Running),
            outside(Cause::Intervention(Intervention::Kill { cell: 1 })),
            tick(0.6, Outcome::Running),
            tick(0.9, Outcome::Terminated(CollapseCause::OomLimit)),
            outside(Cause::Start),
            tick(0.4, Outcome::Truncated),
        ] {
            timeline.add(&frame);
        }
        timeline
    }

    #[test]
    fn events_are_marked_and_an_alarm_only_where_the_risk_rises() {
        let marks: Vec<_> = timeline().points.iter().map(|point| point.mark).collect();
        let (start, alarm) = (Some(EventMark::Start), Some(EventMark::Alarm));
        let (intervention, crash) = (Some(EventMark::Intervention), Some(EventMark::Crash));
        assert_eq!(marks, [start, None, alarm, None, intervention, None, crash, start, alarm]);
    }

    #[test]
    fn moves_stay_in_the_history_and_jump_from_mark_to_mark() {
        let timeline = timeline();
        let moved = |at, requested| timeline.target_of(at, requested).unwrap();
        assert_eq!((moved(105, TimelineMove::Back), moved(105, TimelineMove::Forward)), (104, 106));
        assert_eq!((moved(100, TimelineMove::Back), moved(108, TimelineMove::Forward)), (100, 108));
        assert_eq!((moved(105, TimelineMove::PreviousMark), moved(105, TimelineMove::NextMark)), (104, 106));
        assert_eq!((moved(104, TimelineMove::PreviousMark), moved(106, TimelineMove::NextMark)), (102, 107));
        assert_eq!((moved(5, TimelineMove::To(5)), moved(5, TimelineMove::Live)), (100, 108));
    }
}
