//! The ECS: one schedule, many clusters.
//!
//! Owns the schedule [`ClusterTick`] with its nine [`Stage`]s, the components of clusters and agents, the commands that
//! people give, and the pace at which ticks run. It calls the pure rooms (`cluster`, `features`, `learning`) and `storage`,
//! and draws nothing. The headless trainer runs the schedule in a loop and the window runs the same one from its frames, so
//! both write the same bytes. No stage reads a clock.

mod commands;
mod comparison;
mod history;
mod lifecycle;
mod schedule;
mod takeover;

pub use commands::{Command, CommandQueue, CommandScript, ScriptError, apply_commands, is_live, repeat};
pub use comparison::{ComparedPolicy, ComparisonSide, Scoreboard};
pub use history::{
    AVERAGED, Cause, ChartHistory, EpisodePoint, EventKind, EventLog, Frame, FrameHistory, KEPT, LogEntry,
    NetworkInputs, Playback, Series, StepPoint, StepSeries, TickPoint,
};
pub use lifecycle::{
    ActiveLearner, ActiveSettings, RunEnd, RunNotice, RunWriter, Simulation, SimulationError, largest_state,
    record_steps, save_checkpoint, shut_down,
};
pub use schedule::{
    ActionResult, ActiveClusters, Agent, AgentRng, ClusterIndex, ClusterOrder, ClusterTick, Decision, Episode,
    Forecast, Guide, LONGEST_FRAME, LiveCluster, Observations, Pace, PendingExperience, PilotInputs, ProphetInputs,
    RunStats, SPEEDS, Stage, advance, plugin, schedule, tick,
};
pub use takeover::{DriveReport, EpisodeProgress, ManualControl, ManualDrive, Rival, StandIn, advice, stand_ins};
