//! The ECS: one schedule, many clusters.
//!
//! Owns the schedule [`ClusterTick`] with its nine [`Stage`]s, the components of clusters and agents, the commands
//! that people give, and the pace at which ticks run. It calls the pure rooms (cluster, brain, record) and draws
//! nothing. The headless trainer runs the schedule in a loop, the window runs the very same one from its frames, so
//! both write the same bytes. No stage looks at a clock.

mod back;
mod black_box;
mod chronicle;
mod command;
mod components;
mod conclude;
mod contest;
mod driving;
mod episode;
mod frame;
mod history;
mod journal;
mod live;
mod pace;
mod played;
mod recording;
mod script;
mod series;
mod shelf;
mod simulation;
mod snapshot;
mod stages;
mod takeover;
mod tally;
mod tape;
mod words;

pub use command::{Command, CommandQueue, apply_commands};
pub use components::{
    Agent, ClusterIndex, Decision, Dice, Forecast, Guidance, LiveCluster, Memory, Playing, Recall, Roster, Senses,
    Verdict, Watch,
};
pub use conclude::{Conclusion, conclude};
pub use contest::{Contender, Scoreboard, Side};
pub use episode::Episode;
pub use frame::{Cause, Frame, Given};
pub use history::{AVERAGED, EpisodePoint, EventKind, EventLog, History, LogEntry, StepPoint, Steps, TickPoint};
pub use journal::{Journal, Notice, record_steps, save_checkpoint};
pub use live::is_live;
pub use pace::{LONGEST_FRAME, Pace, SPEEDS, advance};
pub use played::TapeState;
pub use recording::Recording;
pub use script::{Script, ScriptError, repeat};
pub use series::{KEPT, Series};
pub use simulation::{ActiveSettings, Mind, Simulation, SimulationError};
pub use snapshot::largest_state;
pub use takeover::{Drive, Report, Rival, Stretch, Substitute, Wheel, advice, minds};
pub use tally::Tally;
pub use tape::Tape;

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
        (contest::muster.run_if(resource_exists::<Scoreboard>), stages::observe).chain().in_set(Stage::Observe),
        stages::foresee.in_set(Stage::Foresee),
        stages::decide.in_set(Stage::Decide),
        stages::act.in_set(Stage::Act),
        (stages::decay, takeover::play_rivals).in_set(Stage::Entropy),
        stages::judge.in_set(Stage::Judge),
        stages::remember.in_set(Stage::Remember),
        stages::learn.in_set(Stage::Learn),
        (
            stages::tally,
            stages::tape,
            stages::record,
            black_box::keep,
            chronicle::keep_history,
            contest::score.run_if(resource_exists::<Scoreboard>),
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
    journal::save_when_due(world);
}
