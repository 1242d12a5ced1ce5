//! The ECS: one schedule, many clusters.
//!
//! Owns the schedule [`ClusterTick`] with its nine [`Stage`]s, the components of clusters and agents, the commands
//! that people give, and the pace at which ticks run. It calls the pure rooms (cluster, brain, record) and draws
//! nothing. The headless trainer runs the schedule in a loop, the window runs the very same one from its frames, so
//! both write the same bytes. No stage looks at a clock.

mod back;
mod black_box;
mod chart_writer;
mod command;
mod components;
mod driving;
mod episode;
mod evaluation;
mod frame;
mod frame_history;
mod history;
mod live;
mod pace;
mod played;
mod recording;
mod retry_queue;
mod run_writer;
mod saved_agent;
mod script;
mod series;
mod shut_down;
mod simulation;
mod snapshot;
mod stages;
mod stats;
mod takeover;
mod words;

pub use command::{Command, CommandQueue, apply_commands};
pub use components::{
    ActionResult, ActiveClusters, Agent, AgentRng, ClusterIndex, ClusterOrder, Decision, Forecast, Guide, LiveCluster,
    Observations, PendingExperience, PilotInputs, ProphetInputs,
};
pub use episode::Episode;
pub use evaluation::{ComparedPolicy, ComparisonSide, Scoreboard};
pub use frame::{Cause, Frame, NetworkInputs};
pub use frame_history::FrameHistory;
pub use history::{
    AVERAGED, ChartHistory, EpisodePoint, EventKind, EventLog, LogEntry, StepPoint, StepSeries, TickPoint,
};
pub use live::is_live;
pub use pace::{LONGEST_FRAME, Pace, SPEEDS, advance};
pub use recording::Playback;
pub use run_writer::{RunNotice, RunWriter, record_steps, save_checkpoint};
pub use script::{CommandScript, ScriptError, repeat};
pub use series::{KEPT, Series};
pub use shut_down::{RunEnd, shut_down};
pub use simulation::{ActiveLearner, ActiveSettings, Simulation, SimulationError};
pub use snapshot::largest_state;
pub use stats::RunStats;
pub use takeover::{DriveReport, EpisodeProgress, ManualControl, ManualDrive, Rival, StandIn, advice, stand_ins};

use bevy::app::App;
use bevy::ecs::schedule::common_conditions::resource_exists;
use bevy::ecs::schedule::{
    IntoScheduleConfigs, LogLevel, Schedule, ScheduleBuildSettings, ScheduleLabel, SingleThreadedExecutor, SystemSet,
};
use bevy::ecs::world::World;

/// One tick of all clusters.
#[derive(ScheduleLabel, Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClusterTick;

/// The stages of a tick, in their order.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Each agent sees its 35 numbers; finished episodes begin anew before that.
    Observe,
    /// The Prophet forecasts the risk of all clusters in one batch.
    Foresee,
    /// The Pilot values the actions of all agents in one batch; each agent chooses.
    Decide,
    /// The actions change the grids.
    Act,
    /// Entropy: time passes over the grids.
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
        (evaluation::select_active.run_if(resource_exists::<Scoreboard>), stages::observe)
            .chain()
            .in_set(Stage::Observe),
        stages::foresee.in_set(Stage::Foresee),
        stages::decide.in_set(Stage::Decide),
        stages::act.in_set(Stage::Act),
        (stages::decay, takeover::play_rivals).in_set(Stage::Entropy),
        stages::judge.in_set(Stage::Judge),
        stages::remember.in_set(Stage::Remember),
        stages::learn.in_set(Stage::Learn),
        (
            stages::stats,
            stages::frame_history,
            stages::record,
            black_box::keep,
            chart_writer::keep_history,
            evaluation::score.run_if(resource_exists::<Scoreboard>),
            takeover::end_drive,
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
    run_writer::save_when_due(world);
}
