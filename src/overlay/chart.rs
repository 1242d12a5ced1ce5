//! Live charts: reward, load and risk of the last ticks on one time axis, and survival of the last episodes.

use super::Facts;
use super::widgets::{colour, heading};
use crate::tick::{EpisodePoint, TickPoint};
use bevy_egui::egui::{Color32, Ui};
use egui_plot::{Line, Plot, PlotPoint, PlotPoints, Points};

/// Height of one chart, in points.
const HEIGHT: f32 = 92.0;

pub(super) fn show(ui: &mut Ui, facts: &Facts) {
    key(ui, [("mean load", colour::LOAD), ("risk", colour::RISK), ("reward, below", colour::GOOD)]);
    let ticks = &facts.history.ticks;
    let series = |value: fn(&TickPoint) -> f32| -> PlotPoints<'static> {
        ticks.iter().map(|point| [point.tick as f64, f64::from(value(point))]).collect()
    };
    plot("load and risk").include_y(0.0).include_y(1.0).link_axis("ticks", [true, false]).show(ui, |plot| {
        plot.line(line("load", series(|point| point.load), colour::LOAD));
        plot.line(line("risk", series(|point| point.risk), colour::RISK));
    });
    plot("reward").link_axis("ticks", [true, false]).show(ui, |plot| {
        plot.line(line("reward", series(|point| point.reward), colour::GOOD));
    });
    heading(ui, "Steps survived per episode");
    key(ui, [("mean of 20", colour::GOOD), ("collapsed", colour::RISK)]);
    let episodes = &facts.history.episodes;
    let mean = moving_mean(episodes.iter());
    let crashes: Vec<PlotPoint> = episodes.iter().filter(|point| point.collapsed).map(place).collect();
    plot("survival").include_y(0.0).show(ui, |plot| {
        plot.line(line("mean of 20", mean.into(), colour::GOOD));
        let crashes = PlotPoints::Owned(crashes);
        plot.points(Points::new("collapsed", crashes).radius(2.0).color(colour::RISK));
    });
}

/// Says which colour is which; a legend inside the plot would cover it.
fn key<const N: usize>(ui: &mut Ui, names: [(&str, Color32); N]) {
    ui.horizontal(|ui| names.map(|(name, colour)| ui.colored_label(colour, name)));
}

fn plot(name: &'static str) -> Plot<'static> {
    Plot::new(name)
        .height(HEIGHT)
        .show_x(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .y_axis_min_width(28.0)
}

fn line(name: &'static str, points: PlotPoints<'static>, colour: Color32) -> Line<'static> {
    Line::new(name, points).color(colour).width(1.3)
}

fn place(point: &EpisodePoint) -> PlotPoint {
    PlotPoint::new(point.episode as f64, f64::from(point.steps))
}

/// Mean survival over the last 20 episodes, at each episode.
fn moving_mean<'a>(episodes: impl Iterator<Item = &'a EpisodePoint> + Clone) -> Vec<[f64; 2]> {
    let mut sum = 0.0;
    let older = std::iter::repeat_n(None, 20).chain(episodes.clone().map(Some));
    let with_older = episodes.zip(older).enumerate();
    with_older
        .map(|(at, (point, gone))| {
            sum += f64::from(point.steps) - gone.map_or(0.0, |gone| f64::from(gone.steps));
            [point.episode as f64, sum / (at + 1).min(20) as f64]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moving_mean_forgets_what_is_older_than_twenty_episodes() {
        let episodes: Vec<_> = (0..40)
            .map(|at| EpisodePoint { episode: at, steps: if at < 20 { 100 } else { 200 }, collapsed: false })
            .collect();
        let mean = moving_mean(episodes.iter());
        assert_eq!(
            (mean[0], mean[19], mean[29], mean[39]),
            ([0.0, 100.0], [19.0, 100.0], [29.0, 150.0], [39.0, 200.0])
        );
    }
}
