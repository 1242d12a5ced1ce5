//! Taking over: a person drives an agent at their own pace, and the minds that could have drive copies of the same
//! cluster, from the same moment on and through the same weather, so that both can be compared.

use crate::cluster::{Action, Cluster, Intervention, Observation, Outcome};
use crate::learning::{GreedyPilot, GreedyQTable};
use crate::learning::{Learner, QTable, Weights};
use crate::policy::Policy;
use crate::settings::Settings;
use crate::simulation::{EventKind, EventLog, Guide, LiveCluster, PilotInputs, RunStats};
use bevy_ecs::entity::Entity;
use bevy_ecs::prelude::{Query, Res, ResMut, Resource};
use std::collections::VecDeque;

/// Who drives, if somebody does, and how the last drive went.
#[derive(Resource, Default)]
pub struct ManualControl {
    pub(in crate::simulation) drive: Option<ManualDrive>,
    pub(in crate::simulation) report: Option<DriveReport>,
}

/// A person's drive.
pub struct ManualDrive {
    pub(in crate::simulation) cluster: Entity,
    pub(in crate::simulation) agent: Entity,
    /// Actions asked for and not yet done, one per tick.
    pub(in crate::simulation) actions: VecDeque<Action>,
    pub(in crate::simulation) since: usize,
    pub(in crate::simulation) rivals: Vec<Rival>,
}

/// Actions that may wait to be done.
pub(in crate::simulation) const MOST_ACTIONS: usize = 10_000;

/// A mind that could act in the place of whoever does.
pub struct StandIn {
    pub(in crate::simulation) name: String,
    pub(in crate::simulation) weights: StandInWeights,
    pub(in crate::simulation) policy: Box<dyn Policy>,
}

/// What a mind acts with.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::simulation) enum StandInWeights {
    /// What the Pilot knew when a person took over: it goes on learning.
    Pilot(Weights),
    /// What the Q-table knew then.
    Table(QTable),
    /// That of the guide, or of the policy that is watched: the settings tell it.
    Guide,
}

/// A mind that plays on from the moment at which a person took over.
pub struct Rival {
    pub(in crate::simulation) learner: StandIn,
    pub(in crate::simulation) cluster: Cluster,
}

/// How far somebody came in an episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpisodeProgress {
    /// Who: a mind, or nobody's name for the person.
    pub name: String,
    /// Steps of the episode that the cluster lived through.
    pub survived: usize,
    /// How it stands there; running where the person handed back.
    pub outcome: Outcome,
}

/// How a drive went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriveReport {
    /// Step of the episode at which the person took over.
    pub since: usize,
    /// The person.
    pub person: EpisodeProgress,
    /// The minds, each to the end of the episode.
    pub rivals: Vec<EpisodeProgress>,
}

impl EpisodeProgress {
    /// How it stands, in words.
    pub fn state(&self) -> &'static str {
        if self.outcome.is_over() { self.outcome.name() } else { "alive" }
    }

    fn ending(&self) -> String {
        match self.outcome {
            Outcome::Running => String::new(),
            Outcome::Truncated => " (to the end)".to_owned(),
            Outcome::Terminated(cause) => format!(" ({})", cause.name()),
        }
    }
}

impl DriveReport {
    /// In one sentence.
    pub fn sentence(&self) -> String {
        let person = &self.person;
        let event = match person.outcome {
            Outcome::Running => "handed back at step",
            _ => "survived to step",
        };
        let message =
            format!("you took over at step {} and {event} {}{}", self.since, person.survived, person.ending());
        let others: Vec<_> =
            self.rivals.iter().map(|rival| format!("{} {}{}", rival.name, rival.survived, rival.ending())).collect();
        if others.is_empty() {
            return message;
        }
        format!("{message}; from the same moment and weather: {}", others.join(", "))
    }
}

impl Rival {
    fn step(&mut self) {
        if self.cluster.outcome().is_over() {
            return;
        }
        let mut seen = Observation::default();
        self.cluster.observe(&mut seen);
        let action = self.learner.policy.act(&self.cluster, &seen);
        self.cluster.step(action);
    }

    /// Who it is.
    pub fn name(&self) -> &str {
        &self.learner.name
    }

    /// Its cluster, at the same step of the episode as the person's unless it is over.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }
}

impl ManualDrive {
    /// A drive of `agent` from now on, against these minds.
    pub(in crate::simulation) fn new(
        (cluster, agent): (Entity, Entity),
        live: &Cluster,
        stand_ins: Vec<StandIn>,
    ) -> Self {
        let rivals = stand_ins.into_iter().map(|learner| Rival { learner, cluster: live.clone() }).collect();
        Self { cluster, agent, actions: VecDeque::new(), since: live.time(), rivals }
    }

    /// The cluster that is driven in.
    pub fn cluster(&self) -> Entity {
        self.cluster
    }

    /// Step of the episode at which the person took over.
    pub fn since(&self) -> usize {
        self.since
    }

    /// The minds that play on from there.
    pub fn rivals(&self) -> &[Rival] {
        &self.rivals
    }

    /// Lets every rival play to the end of the episode.
    fn close(mut self, live: &Cluster) -> DriveReport {
        let stretch = |name: &str, cluster: &Cluster| EpisodeProgress {
            name: name.to_owned(),
            survived: cluster.time(),
            outcome: cluster.outcome(),
        };
        let person = stretch(PERSON, live);
        let play_out = |rival: &mut Rival| {
            while !rival.cluster.outcome().is_over() {
                rival.step();
            }
            stretch(&rival.learner.name, &rival.cluster)
        };
        DriveReport { since: self.since, person, rivals: self.rivals.iter_mut().map(play_out).collect() }
    }
}

impl ManualControl {
    /// The drive in progress.
    pub fn drive(&self) -> Option<&ManualDrive> {
        self.drive.as_ref()
    }

    /// How the last drive went.
    pub fn report(&self) -> Option<&DriveReport> {
        self.report.as_ref()
    }

    /// Whether a person drives and has not said what to do next: time stands still.
    pub fn waits(&self) -> bool {
        self.drive.as_ref().is_some_and(|drive| drive.actions.is_empty())
    }

    pub(in crate::simulation) fn begin(&mut self, drive: ManualDrive) {
        (self.drive, self.report) = (Some(drive), None);
    }

    /// Adds an action.
    ///
    /// # Errors
    /// Nobody drives, or too many wait.
    pub(in crate::simulation) fn ask(&mut self, action: Action) -> Result<(), String> {
        let drive = self.drive.as_mut().ok_or("nobody has taken over: the agent drives itself")?;
        if drive.actions.len() >= MOST_ACTIONS {
            return Err(format!("{MOST_ACTIONS} actions wait to be done: let time run first"));
        }
        drive.actions.push_back(action);
        Ok(())
    }

    /// What the person wants of `agent` in this tick.
    pub(in crate::simulation) fn take(&mut self, agent: Entity) -> Option<Action> {
        self.drive.as_mut().filter(|drive| drive.agent == agent)?.actions.pop_front()
    }

    /// What is done to the cluster of the person is done to those of the rivals as well.
    pub(in crate::simulation) fn intervene(&mut self, cluster: Entity, intervention: &Intervention) {
        let drive = self.drive.iter_mut().filter(|drive| drive.cluster == cluster);
        drive.flat_map(|drive| &mut drive.rivals).for_each(|rival| rival.cluster.intervene(intervention));
    }

    /// Episodes of the rivals end after so many steps, too.
    pub(in crate::simulation) fn set_max_steps(&mut self, max_steps: usize) {
        let rivals = self.drive.iter_mut().flat_map(|drive| &mut drive.rivals);
        rivals.for_each(|rival| rival.cluster.set_max_steps(max_steps));
    }

    /// Ends the drive; answers what it came to, in words.
    pub(in crate::simulation) fn end(&mut self, live: &Cluster) -> Option<String> {
        let report = self.drive.take()?.close(live);
        let message = report.sentence();
        self.report = Some(report);
        Some(message)
    }
}

/// What the person is called on the scoreboard.
pub(in crate::simulation) const PERSON: &str = "you";
/// What a Pilot and a Q-table are called on it.
pub(in crate::simulation) const PILOT: &str = "the Pilot";
pub(in crate::simulation) const TABLE: &str = "the Q-table";

/// What the guide of a run is called, or the policy that is watched in it.
pub(in crate::simulation) fn guide_name(settings: &Settings) -> String {
    if settings.run.policy.is_empty() { "its guide".to_owned() } else { settings.run.policy.clone() }
}

/// The minds that could act now in the place of whoever does, each with all that it remembers of the episode: what acts in
/// this run at its best, and the guide of one that learns.
pub fn stand_ins(
    settings: &Settings,
    learner: &Learner,
    live: &Cluster,
    (pilot_inputs, guide): (&PilotInputs, &Guide),
) -> Vec<StandIn> {
    let fork = guide.0.as_ref().and_then(|policy| policy.fork());
    let mut stand_ins = Vec::new();
    if settings.run.policy.is_empty() || guide.0.is_none() {
        let model = learner.model();
        stand_ins.push(match model.table {
            Some(table) => {
                let mut tabular = GreedyQTable::new(table.clone(), settings.qtable.random_share);
                tabular.begin(live.episode_seed());
                StandIn { name: TABLE.to_owned(), weights: StandInWeights::Table(table), policy: Box::new(tabular) }
            }
            None => {
                let weights = GreedyPilot::weights(&model);
                let pilot = GreedyPilot::with_weights(weights, settings).with_encoder(pilot_inputs.encoder.clone());
                let weights = StandInWeights::Pilot(weights.clone());
                StandIn { name: PILOT.to_owned(), weights, policy: Box::new(pilot) }
            }
        });
    }
    if let Some(policy) = fork {
        stand_ins.push(StandIn { name: guide_name(settings), weights: StandInWeights::Guide, policy });
    }
    if live.time() == 0 {
        stand_ins.iter_mut().for_each(|learner| learner.policy.begin(live.episode_seed()));
    }
    stand_ins
}

/// What whoever acts in this run would do now in the place of the person, at its best.
pub fn advice(
    settings: &Settings,
    learner: &Learner,
    live: &Cluster,
    agent: (&PilotInputs, &Guide),
) -> Option<(String, Action)> {
    let mut learner = stand_ins(settings, learner, live, agent).into_iter().next()?;
    let mut seen = Observation::default();
    live.observe(&mut seen);
    let action = learner.policy.act(live, &seen);
    Some((learner.name, action))
}

/// One step of every rival, if the person made one.
pub(in crate::simulation) fn play_rivals(mut manual_control: ResMut<ManualControl>) {
    if let Some(drive) = &mut manual_control.drive {
        drive.rivals.iter_mut().for_each(Rival::step);
    }
}

/// Ends the drive with the person's episode.
pub(in crate::simulation) fn end_drive(
    mut manual_control: ResMut<ManualControl>,
    clusters: Query<&LiveCluster>,
    stats: Res<RunStats>,
    log: Option<ResMut<EventLog>>,
) {
    let Some(drive) = &manual_control.drive else { return };
    let Ok(LiveCluster(live)) = clusters.get(drive.cluster) else { return };
    if !live.outcome().is_over() {
        return;
    }
    if let (Some(message), Some(mut log)) = (manual_control.end(live), log) {
        log.add(stats.ticks, EventKind::Note, message);
    }
}
