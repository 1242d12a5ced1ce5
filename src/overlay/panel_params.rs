//! System parameters of the panels: what they read and what they may change.

use super::dialog::FileDialogs;
use super::timeline::Timeline;
use super::widgets::SettingSpecs;
use crate::simulation::{
    ActiveLearner, ActiveSettings, ChartHistory, ClusterOrder, CommandQueue, ComparedPolicy, Decision, EventLog,
    Forecast, Frame, FrameHistory, NetworkInputs, Pace, PilotInputs, Playback, ProphetInputs, RunStats, RunWriter,
};
use crate::storage::{OutputFile, free_file};
use crate::view::{CameraRig, ColourMode, Playhead, ScreenshotRequest, first_frame_since};
use bevy::ecs::prelude::{Entity, Local, MessageWriter, Query, Res, ResMut};
use bevy::ecs::system::SystemParam;
use std::path::Path;

/// What the panels read.
#[derive(SystemParam)]
pub(super) struct PanelData<'w, 's> {
    pub settings: Res<'w, ActiveSettings>,
    pub stats: Res<'w, RunStats>,
    pub learner: Res<'w, ActiveLearner>,
    pub history: Res<'w, ChartHistory>,
    pub log: Res<'w, EventLog>,
    pub run_writer: Res<'w, RunWriter>,
    pub cluster_order: Res<'w, ClusterOrder>,
    pub specs: Res<'w, SettingSpecs>,
    pub agents: Query<'w, 's, (&'static Forecast, &'static Decision, &'static PilotInputs, &'static ProphetInputs)>,
    pub frame_histories: Query<'w, 's, &'static FrameHistory>,
    pub compared_policies: Query<'w, 's, &'static ComparedPolicy>,
    /// The recording that is shown instead of a run.
    pub recording: Option<Res<'w, Playback>>,
    /// The playhead at the beginning of the frame.
    pub playhead: Local<'s, Playhead>,
}

impl PanelData<'_, '_> {
    /// Cluster and agent in focus.
    pub fn entities(&self) -> Option<(Entity, Entity)> {
        self.playhead.entities(&self.cluster_order)
    }

    /// Index of the cluster in focus.
    pub fn focus_index(&self) -> usize {
        self.playhead.focus_index(&self.cluster_order)
    }

    /// The policy that acts in the cluster in focus, if two are compared.
    pub fn compared(&self) -> Option<&str> {
        self.compared_policies.get(self.entities()?.0).ok().map(|compared| compared.name.as_str())
    }

    /// The frame history of the cluster in focus.
    pub fn frame_history(&self) -> Option<&FrameHistory> {
        self.frame_histories.get(self.entities()?.0).ok()
    }

    /// Whether a past moment is shown.
    pub fn is_past(&self) -> bool {
        self.playhead.at.is_some()
    }

    /// Number of the frame that is shown.
    pub fn number(&self) -> Option<u64> {
        self.playhead.frame(self.frame_history()?)
    }

    /// The frame that is shown, if it is a past one.
    pub fn frame(&self) -> Option<&Frame> {
        self.playhead.at?;
        self.frame_history()?.get(self.number()?)
    }

    /// Number of the frame right after this tick in the cluster in focus, if the history has it.
    pub fn frame_of(&self, tick: u64) -> Option<u64> {
        let frame_history = self.frame_history()?;
        let first = first_frame_since(frame_history, tick);
        frame_history.get(first).filter(|frame| frame.tick == tick).map(|_| first)
    }

    /// Forecast and decision of the agent in focus at the moment that is shown.
    pub fn agent(&self) -> Option<(&Forecast, &Decision)> {
        match self.frame() {
            Some(frame) => frame.forecast_and_decision(),
            None => self.agents.get(self.entities()?.1).ok().map(|(forecast, decision, ..)| (forecast, decision)),
        }
    }

    /// Inputs of the networks at the moment that is shown, where they are known.
    pub fn network_inputs(&self) -> Option<NetworkInputs> {
        if self.is_past() {
            return self.frame_history()?.network_inputs(self.number()?).copied();
        }
        let (.., pilot_inputs, prophet_inputs) = self.agents.get(self.entities()?.1).ok()?;
        Some(NetworkInputs { pilot_input: pilot_inputs.now, prophet_input: prophet_inputs.now })
    }
}

/// What the panels may change.
#[derive(SystemParam)]
pub(super) struct PanelControls<'w> {
    pub pace: ResMut<'w, Pace>,
    pub commands: ResMut<'w, CommandQueue>,
    pub pictures: MessageWriter<'w, ScreenshotRequest>,
    pub timeline: ResMut<'w, Timeline>,
    pub mode: ResMut<'w, ColourMode>,
    pub rig: ResMut<'w, CameraRig>,
    pub playhead: ResMut<'w, Playhead>,
    pub dialogs: ResMut<'w, FileDialogs>,
}

impl PanelControls<'_> {
    /// Requests a screenshot in the run folder.
    pub fn picture(&mut self, tick: u64, folder: Option<&Path>) {
        let folder = folder.unwrap_or(Path::new(".")).join("pictures");
        let path = free_file(&folder, &format!("tick-{tick:012}"), "png");
        self.pictures.write(ScreenshotRequest { file: OutputFile::new(path, false) });
    }
}
