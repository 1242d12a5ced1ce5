//! Charts of the last ticks or the whole run: load, risk, reward, actions and epsilon of the cluster in focus, losses
//! and survival of the whole run. A recording is charted completely, with a line at the moment that is shown.
//!
//! A line has at most two points per pixel, however long the run: a point that covers many ticks shows their minimum
//! and maximum.

use super::accessibility::describe;
use super::panel_params::PanelData;
use super::widgets::colour;
use crate::cluster::Action;
use crate::simulation::{AVERAGED, ChartHistory, Series, StepSeries};
use bevy_egui::egui::{Color32, Id, Response, RichText, Stroke, Ui};
use egui_plot::{Bar, BarChart, Line, Plot, PlotPoint, PlotPoints, PlotUi, Points, VLine};

/// Height of one chart, in points.
const HEIGHT: f32 = 78.0;
/// Ticks and episodes in the shorter view.
const LATEST_COUNT: u64 = 2_000;
/// Columns of the chart of actions.
const COLUMNS: usize = 64;

/// Range of the charts.
#[derive(Debug, Default)]
pub(super) struct ChartPanel {
    /// Whether they show the whole run rather than the last ticks.
    whole_run: bool,
}

/// The groups of actions whose shares are drawn: name, colour, actions.
const ACTION_GROUPS: [(&str, Color32, &[Action]); 5] = [
    ("move", Color32::from_rgb(95, 105, 120), &[Action::Up, Action::Down, Action::Left, Action::Right]),
    ("memory clean", Color32::from_rgb(86, 180, 233), &[Action::MemoryClean]),
    ("full clean", Color32::from_rgb(0, 158, 115), &[Action::FullClean]),
    ("throttle", Color32::from_rgb(240, 228, 66), &[Action::Throttle]),
    ("scale", Color32::from_rgb(213, 94, 0), &[Action::Scale]),
];

pub(super) fn show(ui: &mut Ui, data: &PanelData, state: &mut ChartPanel) {
    let recorded = data.recording.is_some();
    if !recorded {
        ui.horizontal_wrapped(|ui| {
            let tip = "The last 2,000 ticks and episodes";
            ui.selectable_value(&mut state.whole_run, false, "last 2,000").on_hover_text(tip);
            ui.selectable_value(&mut state.whole_run, true, "whole run")
                .on_hover_text("Everything since the run began");
        });
    }
    let (cluster, clusters) = (data.focus_index(), data.cluster_order.0.len());
    let name = match data.compared() {
        Some(name) => name.to_owned(),
        None if clusters > 1 => format!("cluster {cluster}"),
        None => String::new(),
    };
    let latest = if state.whole_run || recorded { u64::MAX } else { LATEST_COUNT };
    let cursor = data.frame().map(|frame| frame.tick);
    draw(ui, &data.history, &ChartView { cluster, name, latest, cursor, recorded });
}

/// What the charts show.
#[derive(Debug, Default)]
pub(super) struct ChartView {
    /// Index of the cluster.
    pub cluster: usize,
    /// Name of the cluster; empty if it is the only one.
    pub name: String,
    /// Number of ticks and episodes, the latest.
    pub latest: u64,
    /// The past tick that is shown.
    pub cursor: Option<u64>,
    /// Whether it is a recording of one episode, without learning.
    pub recorded: bool,
}

/// Draws the charts of one cluster and of the whole run.
pub(super) fn draw(ui: &mut Ui, history: &ChartHistory, view: &ChartView) {
    let (pixels, latest) = ((ui.available_width() * ui.ctx().pixels_per_point()) as usize, view.latest);
    let ticks = |series: &Series| points(series, history.first_tick, latest, pixels);
    let over_ticks = |name: &'static str| plot(name).link_axis("ticks", [true, false]);
    let last = history.first_tick + history.epsilon.len();
    let shown = last.saturating_sub(latest.min(history.epsilon.len()))..last;
    let cursor = view.cursor.filter(|tick| shown.contains(tick));
    let mark = |plot: &mut PlotUi| {
        let line = |tick| VLine::new("moment shown", tick as f64).color(Color32::WHITE).width(1.0);
        cursor.into_iter().for_each(|tick| plot.vline(line(tick)));
    };
    if let Some(steps) = history.clusters.get(view.cluster) {
        heading(ui, &view.name, "The cluster in focus (PageUp and PageDown, or a click on another one)");
        line_names(ui, &[("load", colour::LOAD), ("risk", colour::RISK)]);
        let shown = over_ticks("load and risk").include_y(0.0).include_y(1.0).show(ui, |plot| {
            plot.line(line("load", ticks(&steps.load), colour::LOAD));
            plot.line(line("risk", ticks(&steps.risk), colour::RISK));
            mark(plot);
        });
        describe_lines(&shown.response, "load and risk", &[("load", &steps.load), ("risk", &steps.risk)]);
        line_names(ui, &[("reward", colour::GOOD)]);
        let shown = over_ticks("reward").show(ui, |plot| {
            plot.line(line("reward", ticks(&steps.reward), colour::GOOD));
            mark(plot);
        });
        describe_lines(&shown.response, "reward", &[("reward", &steps.reward)]);
        line_names(ui, &ACTION_GROUPS.map(|(name, colour, _)| (name, colour)));
        let bars = action_shares(steps, history.first_tick, latest);
        let shares: Vec<_> = bars.iter().map(|kind| kind.last().map_or(0.0, |bar| bar.value)).collect();
        let shown = over_ticks("actions").include_y(0.0).include_y(1.0).show(ui, |plot| {
            for (bars, (name, colour, _)) in bars.into_iter().zip(ACTION_GROUPS) {
                plot.bar_chart(BarChart::new(name, bars).color(colour));
            }
            mark(plot);
        });
        describe(&shown.response, || {
            let shares = ACTION_GROUPS.iter().zip(&shares).map(|((name, ..), share)| format!("{name} {share:.3}"));
            format!("actions: {}", shares.collect::<Vec<_>>().join(", "))
        });
        line_names(ui, &[("epsilon", colour::NOTE), ("after fear", colour::FEAR)]);
        let shown = over_ticks("epsilon").include_y(0.0).include_y(1.0).show(ui, |plot| {
            plot.line(line("epsilon", ticks(&history.epsilon), colour::NOTE));
            plot.line(line("after fear", ticks(&steps.effective_epsilon), colour::FEAR));
            mark(plot);
        });
        describe_lines(
            &shown.response,
            "epsilon",
            &[("epsilon", &history.epsilon), ("after fear", &steps.effective_epsilon)],
        );
    }
    if view.recorded {
        return;
    }
    let run = if view.name.is_empty() { "" } else { "whole run, all clusters" };
    heading(ui, run, "What is learned is learned from all clusters; so are the episodes those of all");
    line_names(ui, &[("loss: Pilot", colour::LOAD), ("Prophet", colour::RISK)]);
    let shown = over_ticks("losses").include_y(0.0).show(ui, |plot| {
        plot.line(line("Pilot", ticks(&history.pilot_loss), colour::LOAD));
        plot.line(line("Prophet", ticks(&history.prophet_loss), colour::RISK));
        mark(plot);
    });
    describe_lines(&shown.response, "losses", &[("Pilot", &history.pilot_loss), ("Prophet", &history.prophet_loss)]);
    let mean = format!("steps survived, mean of {AVERAGED}");
    line_names(ui, &[(&mean, colour::GOOD), ("collapsed", colour::RISK)]);
    let shown = plot("survival").include_y(0.0).show(ui, |plot| {
        let (first, all) = (history.first_episode, &history.survival);
        plot.line(line("each", points(all, first, latest, pixels), colour::FAINT));
        plot.points(Points::new("collapsed", crashes(history, latest, pixels)).radius(2.0).color(colour::RISK));
        let mean = points(&history.survival_mean, first, latest, pixels);
        plot.line(line("mean", mean, colour::GOOD));
    });
    describe_lines(&shown.response, "survival", &[("survived", &history.survival), ("mean", &history.survival_mean)]);
}

/// Describes each line by its latest value and its length.
fn describe_lines(plot: &Response, title: &str, lines: &[(&str, &Series)]) {
    describe(plot, || {
        let latest = |series: &Series| series.last().map_or("-".to_owned(), |number| format!("{number:.3}"));
        let texts = lines.iter().map(|(name, series)| format!("{name} {} of {}", latest(series), series.len()));
        format!("{title}: {}", texts.collect::<Vec<_>>().join(", "))
    });
}

/// Heads the charts of a cluster or of the run, where there are several clusters.
fn heading(ui: &mut Ui, name: &str, tip: &str) {
    if !name.is_empty() {
        ui.label(RichText::new(name).strong()).on_hover_text(tip);
    }
}

/// Names the lines in their colours; a legend inside the plot would cover it.
fn line_names(ui: &mut Ui, names: &[(&str, Color32)]) {
    ui.horizontal_wrapped(|ui| names.iter().for_each(|(name, colour)| drop(ui.colored_label(*colour, *name))));
}

fn plot(name: &'static str) -> Plot<'static> {
    Plot::new(name)
        .id(Id::new(("chart", name)))
        .height(HEIGHT)
        .show_x(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .y_axis_min_width(28.0)
}

fn line(name: &'static str, points: Vec<[f64; 2]>, colour: Color32) -> Line<'static> {
    Line::new(name, points).color(colour).width(1.3)
}

/// The points of a line over the latest values of a series that starts at `first`.
fn points(series: &Series, first: u64, latest: u64, pixels: usize) -> Vec<[f64; 2]> {
    let stretches = series.view(latest, pixels.max(64));
    let mut points = Vec::with_capacity(2 * stretches.len());
    for stretch in stretches {
        let (from, to) = ((first + stretch.from) as f64, (first + stretch.to - 1) as f64);
        points.push([from, f64::from(stretch.min)]);
        if stretch.to - stretch.from > 1 {
            points.push([to, f64::from(stretch.max)]);
        }
    }
    points
}

/// A point for every bin of episodes in which one collapsed, at the shortest survival in it.
fn crashes(history: &ChartHistory, latest: u64, pixels: usize) -> PlotPoints<'static> {
    let collapsed = history.collapsed.view(latest, pixels.max(64));
    let survival = history.survival.view(latest, pixels.max(64));
    let pairs = survival.iter().zip(&collapsed).filter(|(_, collapsed)| collapsed.max > 0.0);
    let x = |at: u64| (history.first_episode + at) as f64;
    PlotPoints::Owned(pairs.map(|(steps, _)| PlotPoint::new(x(steps.from), f64::from(steps.min))).collect())
}

/// The shares of the action groups over time, as stacked bars.
fn action_shares(steps: &StepSeries, first_tick: u64, latest: u64) -> [Vec<Bar>; ACTION_GROUPS.len()] {
    let views: Vec<_> = steps.actions.iter().map(|series| series.view(latest, COLUMNS)).collect();
    let mut bars = ACTION_GROUPS.map(|_| Vec::new());
    for (column, stretch) in views[0].iter().enumerate() {
        let mut below = 0.0;
        for (bars, (_, colour, actions)) in bars.iter_mut().zip(ACTION_GROUPS) {
            let share: f64 = actions.iter().map(|action| f64::from(views[action.index()][column].mean)).sum();
            let middle = first_tick as f64 + (stretch.from + stretch.to) as f64 / 2.0;
            let width = (stretch.to - stretch.from) as f64;
            let bar = Bar::new(middle, share).width(width).base_offset(below);
            bars.push(bar.fill(colour).stroke(Stroke::NONE));
            below += share;
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::Losses;
    use crate::simulation::{EpisodePoint, StepPoint, TickPoint};
    use bevy_egui::egui::{Context, RawInput, Rect, pos2, vec2};
    use std::time::{Duration, Instant};

    fn history(ticks: u64) -> ChartHistory {
        let mut history = ChartHistory::default();
        for tick in 0..ticks {
            let action = Action::ALL[(tick % 8) as usize];
            let wave = (tick as f32 * 0.01).sin().abs();
            let losses = Losses { pilot: Some(wave), prophet: (tick > 100).then_some(0.3) };
            let step = StepPoint { reward: wave - 0.5, load: wave, risk_and_epsilon: Some((1.0 - wave, 0.2)), action };
            history.add_tick(&TickPoint { tick, epsilon: Some(0.5), losses }, std::iter::once(Some(step)));
            if tick % 250 == 0 {
                history.add_episode(EpisodePoint { episode: tick / 250, steps: 250, collapsed: tick % 500 == 0 });
            }
        }
        history
    }

    /// The shortest time of ten passes that draw the charts.
    fn pass(history: &ChartHistory, latest: u64) -> Duration {
        let view = ChartView { latest, ..ChartView::default() };
        let context = Context::default();
        let screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(320.0, 900.0));
        let mut best = Duration::MAX;
        for _ in 0..10 {
            let input = RawInput { screen_rect: Some(screen), ..RawInput::default() };
            let started = Instant::now();
            let mut output = context.run_ui(input, |ui| draw(ui, history, &view));
            output.textures_delta.clear();
            let shapes = context.tessellate(output.shapes, output.pixels_per_point);
            best = best.min(started.elapsed());
            assert!(!shapes.is_empty());
        }
        best
    }

    #[test]
    fn charts_of_five_million_ticks_are_drawn_as_fast_as_those_of_a_few_thousand() {
        let (young, old) = (history(3_000), history(5_000_000));
        for latest in [LATEST_COUNT, u64::MAX] {
            let (short, long) = (pass(&young, latest), pass(&old, latest));
            println!("charts of 3,000 ticks {short:.1?}, of 5,000,000 ticks {long:.1?}");
            assert!(long < 3 * short + Duration::from_millis(2), "{short:?} and {long:?}");
            assert!(long < Duration::from_millis(50), "{long:?}");
        }
    }

    #[test]
    fn a_line_has_at_most_two_points_per_pixel_and_keeps_its_peaks() {
        let history = history(300_000);
        let points = points(&history.clusters[0].load, 10, u64::MAX, 250);
        assert!(points.len() <= 502, "{}", points.len());
        assert_eq!((points[0][0], points[points.len() - 1][0]), (10.0, 300_009.0));
        assert!(points.iter().any(|point| point[1] > 0.99) && points.iter().any(|point| point[1] < 0.01));
    }

    #[test]
    fn the_shares_of_the_actions_are_stacked_to_one() {
        for latest in [LATEST_COUNT, u64::MAX] {
            let bars = action_shares(&history(80_000).clusters[0], 0, latest);
            assert!(bars.iter().all(|kind| kind.len() == bars[0].len() && kind.len() <= COLUMNS + 1));
            for column in 0..bars[0].len() {
                let sum: f64 = bars.iter().map(|bars| bars[column].value).sum();
                assert!((sum - 1.0).abs() < 1e-6, "{sum}");
                assert!((bars[0][column].value - 0.5).abs() < 0.13, "half of the actions are moves");
            }
        }
    }
}
