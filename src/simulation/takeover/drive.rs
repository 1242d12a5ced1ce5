//! Manual control: a person drives an agent at their own pace, while the policies that could have acted instead drive copies
//! of the same cluster, from the same moment and with the same random events, for comparison.

use crate::cluster::{Action, Cluster, Intervention, Observation, Outcome};
use crate::learning::{GreedyPilot, GreedyQTable};
use crate::learning::{Learner, QTable, Weights};
use crate::policy::Policy;
use crate::settings::Settings;
use crate::simulation::{EventKind, EventLog, Guide, LiveCluster, PilotInputs, RunStats};
use bevy_ecs::entity::Entity;
use bevy_ecs::prelude::{Query, Res, ResMut, Resource};
use std::collections::VecDeque;

/// The manual drive in progress, if any, and the report of the last one.
#[derive(Resource, Default)]
pub struct ManualControl {
    pub(in crate::simulation) drive: Option<ManualDrive>,
    pub(in crate::simulation) report: Option<DriveReport>,
}

/// A drive in progress: a person controls an agent.
pub struct ManualDrive {
    pub(in crate::simulation) cluster: Entity,
    pub(in crate::simulation) agent: Entity,
    /// Queued actions, one per tick.
    pub(in crate::simulation) actions: VecDeque<Action>,
    pub(in crate::simulation) since: usize,
    pub(in crate::simulation) rivals: Vec<Rival>,
}

/// Most queued actions.
pub(in crate::simulation) const MAX_WAITING_ACTIONS: usize = 10_000;

/// A policy that could act in place of the person, with its name and weights.
pub struct StandIn {
    pub(in crate::simulation) name: String,
    pub(in crate::simulation) weights: StandInWeights,
    pub(in crate::simulation) policy: Box<dyn Policy>,
}

/// What a stand-in acts with.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::simulation) enum StandInWeights {
    /// The weights of the Pilot when the person took over; the Pilot itself keeps learning.
    Pilot(Weights),
    /// The Q-table at that time.
    Table(QTable),
    /// The guide or the watched policy, which the settings determine.
    Guide,
}

/// A stand-in that continues the episode on its own copy of the cluster after a person has taken over.
pub struct Rival {
    pub(in crate::simulation) stand_in: StandIn,
    pub(in crate::simulation) cluster: Cluster,
}

/// How far a person or a rival came in an episode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpisodeProgress {
    /// Name of the rival, or `you`.
    pub name: String,
    /// Steps survived.
    pub survived: usize,
    /// The outcome; running if the person handed back.
    pub outcome: Outcome,
}

/// The result of a drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriveReport {
    /// Step of the episode at which the person took over.
    pub since: usize,
    /// The person.
    pub person: EpisodeProgress,
    /// The rivals, each at the end of the episode.
    pub rivals: Vec<EpisodeProgress>,
}

impl EpisodeProgress {
    /// The outcome as text.
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
    /// The report in one sentence.
    pub fn sentence(&self) -> String {
        let person = &self.person;
        let end = match person.outcome {
            Outcome::Running => "handed back at step",
            _ => "survived to step",
        };
        let sentence = format!("you took over at step {} and {end} {}{}", self.since, person.survived, person.ending());
        let others: Vec<_> =
            self.rivals.iter().map(|rival| format!("{} {}{}", rival.name, rival.survived, rival.ending())).collect();
        if others.is_empty() {
            return sentence;
        }
        format!("{sentence}; from the same moment, with the same random events: {}", others.join(", "))
    }
}

impl Rival {
    fn step(&mut self) {
        if self.cluster.outcome().is_over() {
            return;
        }
        let mut observation = Observation::default();
        self.cluster.observe(&mut observation);
        let action = self.stand_in.policy.act(&self.cluster, &observation);
        self.cluster.step(action);
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.stand_in.name
    }

    /// Its cluster, at the same step as the person's unless its episode is over.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }
}

impl ManualDrive {
    /// A drive of `agent` from now on, with these stand-ins as rivals.
    pub(in crate::simulation) fn new(
        (cluster, agent): (Entity, Entity),
        live: &Cluster,
        stand_ins: Vec<StandIn>,
    ) -> Self {
        let rivals = stand_ins.into_iter().map(|stand_in| Rival { stand_in, cluster: live.clone() }).collect();
        Self { cluster, agent, actions: VecDeque::new(), since: live.time(), rivals }
    }

    /// The cluster of the agent.
    pub fn cluster(&self) -> Entity {
        self.cluster
    }

    /// Step of the episode at which the person took over.
    pub fn since(&self) -> usize {
        self.since
    }

    /// The rivals.
    pub fn rivals(&self) -> &[Rival] {
        &self.rivals
    }

    /// Lets every rival play to the end of the episode.
    fn finish(mut self, live: &Cluster) -> DriveReport {
        let progress = |name: &str, cluster: &Cluster| EpisodeProgress {
            name: name.to_owned(),
            survived: cluster.time(),
            outcome: cluster.outcome(),
        };
        let person = progress(PERSON, live);
        let play_out = |rival: &mut Rival| {
            while !rival.cluster.outcome().is_over() {
                rival.step();
            }
            progress(&rival.stand_in.name, &rival.cluster)
        };
        DriveReport { since: self.since, person, rivals: self.rivals.iter_mut().map(play_out).collect() }
    }
}

impl ManualControl {
    /// The drive in progress.
    pub fn drive(&self) -> Option<&ManualDrive> {
        self.drive.as_ref()
    }

    /// The report of the last drive.
    pub fn report(&self) -> Option<&DriveReport> {
        self.report.as_ref()
    }

    /// Whether a person drives and has queued no action: time stands still.
    pub fn waits(&self) -> bool {
        self.drive.as_ref().is_some_and(|drive| drive.actions.is_empty())
    }

    pub(in crate::simulation) fn begin(&mut self, drive: ManualDrive) {
        (self.drive, self.report) = (Some(drive), None);
    }

    /// Queues an action.
    ///
    /// # Errors
    /// Nobody drives, or too many actions are queued.
    pub(in crate::simulation) fn queue(&mut self, action: Action) -> Result<(), String> {
        let drive = self.drive.as_mut().ok_or("nobody has taken over: the agent drives itself")?;
        if drive.actions.len() >= MAX_WAITING_ACTIONS {
            return Err(format!("{MAX_WAITING_ACTIONS} actions are queued: let time run first"));
        }
        drive.actions.push_back(action);
        Ok(())
    }

    /// Takes the next queued action if the person drives `agent`.
    pub(in crate::simulation) fn next_action(&mut self, agent: Entity) -> Option<Action> {
        self.drive.as_mut().filter(|drive| drive.agent == agent)?.actions.pop_front()
    }

    /// Applies an intervention in the cluster of the person to those of the rivals.
    pub(in crate::simulation) fn intervene(&mut self, cluster: Entity, intervention: &Intervention) {
        let drive = self.drive.iter_mut().filter(|drive| drive.cluster == cluster);
        drive.flat_map(|drive| &mut drive.rivals).for_each(|rival| rival.cluster.intervene(intervention));
    }

    /// Changes the step limit of the rivals.
    pub(in crate::simulation) fn set_max_steps(&mut self, max_steps: usize) {
        let rivals = self.drive.iter_mut().flat_map(|drive| &mut drive.rivals);
        rivals.for_each(|rival| rival.cluster.set_max_steps(max_steps));
    }

    /// Ends the drive and returns its report as a sentence.
    pub(in crate::simulation) fn end(&mut self, live: &Cluster) -> Option<String> {
        let report = self.drive.take()?.finish(live);
        let sentence = report.sentence();
        self.report = Some(report);
        Some(sentence)
    }
}

/// Name of the person in reports.
pub(in crate::simulation) const PERSON: &str = "you";
/// Names of a Pilot and a Q-table in reports.
pub(in crate::simulation) const PILOT: &str = "the Pilot";
pub(in crate::simulation) const TABLE: &str = "the Q-table";

/// Name of the guide or the watched policy in reports.
pub(in crate::simulation) fn guide_name(settings: &Settings) -> String {
    if settings.run.policy.is_empty() { "its guide".to_owned() } else { settings.run.policy.clone() }
}

/// The policies that could act now in place of the person, each with its memory of the episode: the greedy policy of this run
/// and, if it learns, its guide.
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
        stand_ins.iter_mut().for_each(|stand_in| stand_in.policy.begin(live.episode_seed()));
    }
    stand_ins
}

/// Name and action of the policy that would act now in place of the person.
pub fn advice(
    settings: &Settings,
    learner: &Learner,
    live: &Cluster,
    agent: (&PilotInputs, &Guide),
) -> Option<(String, Action)> {
    let mut stand_in = stand_ins(settings, learner, live, agent).into_iter().next()?;
    let mut observation = Observation::default();
    live.observe(&mut observation);
    let action = stand_in.policy.act(live, &observation);
    Some((stand_in.name, action))
}

/// Runs one step of every rival during a drive.
pub(in crate::simulation) fn play_rivals(mut manual_control: ResMut<ManualControl>) {
    if let Some(drive) = &mut manual_control.drive {
        drive.rivals.iter_mut().for_each(Rival::step);
    }
}

/// Ends the drive if the person's episode is over.
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
