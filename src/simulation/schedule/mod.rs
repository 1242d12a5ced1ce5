//! The schedule of a tick: its nine stages, the components that they read and write, and the pace of the window.
//!
//! Owns [`ClusterTick`] and [`Stage`], the components of clusters and agents, the sums of an episode and the counters of a
//! run. No stage reads a clock; only [`Pace`] does, which decides when a tick runs and never what it does.

pub(in crate::simulation) mod components;
pub(in crate::simulation) mod episode;
mod pace;
mod run_stats;
pub(in crate::simulation) mod stages;

pub use components::{
    ActionResult, ActiveClusters, Agent, AgentRng, ClusterIndex, ClusterOrder, Decision, Forecast, Guide, LiveCluster,
    Observations, PendingExperience, PilotInputs, ProphetInputs,
};
pub use episode::Episode;
pub use pace::{LONGEST_FRAME, Pace, SPEEDS, advance};
pub use run_stats::RunStats;

use crate::simulation::{CommandQueue, Scoreboard};
use bevy_app::App;
use bevy_ecs::schedule::common_conditions::resource_exists;
use bevy_ecs::schedule::{
    IntoScheduleConfigs, LogLevel, Schedule, ScheduleBuildSettings, ScheduleLabel, SingleThreadedExecutor, SystemSet,
};
use bevy_ecs::world::World;

/// One tick of all clusters.
#[derive(ScheduleLabel, Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClusterTick;

/// The stages of a tick, in their order.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Finished episodes are followed by new ones; then each agent observes its 35 numbers.
    Observe,
    /// The Prophet forecasts the risk of all clusters in one batch.
    Foresee,
    /// The Pilot values the actions of all agents in one batch; each agent chooses.
    Decide,
    /// The actions take effect.
    Act,
    /// Time passes: the clusters decay.
    Entropy,
    /// Reward, and whether the episode is over.
    Judge,
    /// Transitions and labelled states go into the memories.
    Remember,
    /// The gradient steps that are due.
    Learn,
    /// Rows, history, black boxes.
    Record,
}

/// The schedule of one tick.
pub fn schedule() -> Schedule {
    let mut schedule = Schedule::new(ClusterTick);
    schedule.set_executor(SingleThreadedExecutor::new());
    schedule.set_build_settings(ScheduleBuildSettings { ambiguity_detection: LogLevel::Error, ..Default::default() });
    schedule.configure_sets(
        (
            Stage::Observe,
            Stage::Foresee,
            Stage::Decide,
            Stage::Act,
            Stage::Entropy,
            Stage::Judge,
            Stage::Remember,
            Stage::Learn,
            Stage::Record,
        )
            .chain(),
    );
    schedule.add_systems((
        (crate::simulation::comparison::select_active.run_if(resource_exists::<Scoreboard>), stages::observe)
            .chain()
            .in_set(Stage::Observe),
        stages::foresee.in_set(Stage::Foresee),
        stages::decide.in_set(Stage::Decide),
        stages::act.in_set(Stage::Act),
        (stages::decay, crate::simulation::takeover::drive::play_rivals).in_set(Stage::Entropy),
        stages::judge.in_set(Stage::Judge),
        stages::remember.in_set(Stage::Remember),
        stages::learn.in_set(Stage::Learn),
        (
            stages::stats,
            stages::frame_history,
            stages::record,
            crate::simulation::history::black_box::write_black_boxes,
            crate::simulation::history::chart_writer::keep_history,
            crate::simulation::comparison::score.run_if(resource_exists::<Scoreboard>),
            crate::simulation::takeover::drive::end_drive,
        )
            .chain()
            .in_set(Stage::Record),
    ));
    schedule
}

/// Adds the schedule of a tick to an app.
pub fn plugin(app: &mut App) {
    app.add_schedule(schedule());
    app.init_resource::<CommandQueue>();
}

/// Runs one tick, and saves a checkpoint after it if one is due.
pub fn tick(world: &mut World) {
    world.run_schedule(ClusterTick);
    crate::simulation::lifecycle::run_writer::save_when_due(world);
}
