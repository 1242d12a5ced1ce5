//! The history of a run: recent frames, the series of the charts, the event log, black boxes and their playback.
//!
//! Owns what is kept for people to look at. No stage that decides or learns reads it.

pub(in crate::simulation) mod black_box;
mod chart_history;
pub(in crate::simulation) mod chart_writer;
mod frame;
mod frame_history;
mod frame_history_state;
mod playback;
mod series;

pub use chart_history::{
    AVERAGED, ChartHistory, EpisodePoint, EventKind, EventLog, LogEntry, StepPoint, StepSeries, TickPoint,
};
pub use frame::{Cause, Frame, NetworkInputs};
pub use frame_history::FrameHistory;
pub use playback::Playback;
pub use series::{KEPT, Series};
