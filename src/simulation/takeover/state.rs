//! A drive in progress, and how the last one went, as files hold them, and back: a run can go on in the middle of a drive.

use crate::cluster::{Action, Cluster};
use crate::learning::{GreedyPilot, GreedyQTable};
use crate::learning::{Pilot, QTable, Weights};
use crate::policy::{Policy, PolicyState};
use crate::schema::{SavedDriveReport, SavedEpisodeProgress, SavedManualDrive, SavedRival, SavedRivalPolicy};
use crate::settings::{AgentKind, Settings};
use crate::simulation::takeover::drive::{MOST_ACTIONS, PERSON, PILOT, StandIn, StandInWeights, TABLE, guide_name};
use crate::simulation::{ClusterOrder, DriveReport, EpisodeProgress, ManualControl, ManualDrive, Rival};
use std::collections::VecDeque;

/// A drive that was saved, checked, and how the last one went: they wait for the clusters to be in their world.
#[derive(Default)]
pub(in crate::simulation) struct Resumed {
    /// Index of the cluster, actions that wait, step of the take-over, rivals.
    drive: Option<(usize, VecDeque<Action>, usize, Vec<Rival>)>,
    report: Option<DriveReport>,
}

/// A drive in a run with this roster.
pub(in crate::simulation) fn saved_takeover(
    drive: &ManualDrive,
    cluster_order: &ClusterOrder,
) -> Option<SavedManualDrive> {
    let cluster = cluster_order.0.iter().position(|(cluster, _)| *cluster == drive.cluster)?;
    Some(SavedManualDrive {
        cluster: cluster as u64,
        actions: drive.actions.iter().map(|action| action.code()).collect(),
        since: drive.since as u64,
        rivals: drive.rivals.iter().map(saved_rival).collect(),
    })
}

fn saved_rival(Rival { learner, cluster }: &Rival) -> SavedRival {
    let weights = match &learner.weights {
        StandInWeights::Pilot(weights) => SavedRivalPolicy::Pilot(weights.to_saved()),
        StandInWeights::Table(table) => SavedRivalPolicy::QTable(table.to_saved()),
        StandInWeights::Guide => SavedRivalPolicy::Guide,
    };
    SavedRival { weights, memory: learner.policy.policy_state().to_saved(), cluster: cluster.snapshot() }
}

/// How a drive went.
pub(in crate::simulation) fn saved_report(DriveReport { since, person, rivals }: &DriveReport) -> SavedDriveReport {
    let stretch = |EpisodeProgress { name, survived, outcome }: &EpisodeProgress| SavedEpisodeProgress {
        name: name.clone(),
        survived: *survived as u64,
        outcome: (*outcome).into(),
    };
    SavedDriveReport { since: *since as u64, person: stretch(person), rivals: rivals.iter().map(stretch).collect() }
}

fn report(SavedDriveReport { since, person, rivals }: SavedDriveReport) -> DriveReport {
    let stretch = |SavedEpisodeProgress { name, survived, outcome }| EpisodeProgress {
        name,
        survived: survived as usize,
        outcome: outcome.into(),
    };
    DriveReport { since: since as usize, person: stretch(person), rivals: rivals.0.into_iter().map(stretch).collect() }
}

/// Who plays a run of some settings besides a person.
struct Minds<'a, G> {
    settings: &'a Settings,
    /// Makes the guide of its agents, or the policy that is watched.
    guide: G,
}

impl<G: Fn() -> Option<Box<dyn Policy>>> Minds<'_, G> {
    /// Their names.
    fn names(&self) -> Vec<String> {
        let Self { settings, guide } = self;
        // A scripted policy that is watched acts in the place of the networks.
        let own = settings.run.policy.is_empty() || guide().is_none();
        let own = own.then(|| if settings.run.agent == AgentKind::QTable { TABLE } else { PILOT }.to_owned());
        own.into_iter().chain(guide().map(|_| guide_name(settings))).collect()
    }

    /// The mind of this name that knows and remembers this.
    fn learner(&self, name: &str, saved: &SavedRival, rows: usize, columns: usize) -> Result<StandIn, String> {
        let Self { settings, guide } = self;
        let (table, wanted) = (settings.run.agent == AgentKind::QTable, name == guide_name(settings));
        let (weights, mut policy): (_, Box<dyn Policy>) = match &saved.weights {
            SavedRivalPolicy::Guide if wanted => (StandInWeights::Guide, guide().ok_or("it is no guide")?),
            SavedRivalPolicy::Pilot(network) if !wanted && !table => {
                let weights = Weights::from_saved(network);
                weights.check(&Pilot::sizes(&settings.pilot)).map_err(|problem| problem.to_string())?;
                let pilot = GreedyPilot::with_weights(&weights, settings);
                (StandInWeights::Pilot(weights), Box::new(pilot))
            }
            SavedRivalPolicy::QTable(values) if !wanted && table => {
                let table = QTable::from_saved(values)?;
                table.check().map_err(|problem| problem.to_string())?;
                let tabular = GreedyQTable::new(table.clone(), settings.qtable.random_share);
                (StandInWeights::Table(table), Box::new(tabular))
            }
            _ => return Err("it is another mind".to_owned()),
        };
        if !policy.restore(PolicyState::from_saved(&saved.memory, rows, columns)?) {
            return Err("it remembers as another mind does".to_owned());
        }
        Ok(StandIn { name: name.to_owned(), weights, policy })
    }

    /// The rival of this name in the drive of the cluster `live`.
    fn rival(&self, name: &str, saved: SavedRival, live: &Cluster) -> Result<Rival, String> {
        let learner = self.learner(name, &saved, live.scenario().rows, live.scenario().columns)?;
        let mut cluster = live.clone();
        cluster.restore(saved.cluster)?;
        let (over, time) = (cluster.outcome().is_over(), cluster.time());
        let in_step = if over { time <= live.time() } else { time == live.time() };
        if !in_step || cluster.episode_seed() != live.episode_seed() {
            return Err("it plays another episode".to_owned());
        }
        Ok(Rival { learner, cluster })
    }
}

impl Resumed {
    /// Checks what was saved against the run of these settings with these clusters; `guide` makes the guide of its agents,
    /// or the policy that is watched.
    ///
    /// # Errors
    /// What does not fit, as the end of a sentence.
    pub fn new(
        (takeover, last): (Option<SavedManualDrive>, Option<SavedDriveReport>),
        settings: &Settings,
        clusters: &[&Cluster],
        guide: impl Fn() -> Option<Box<dyn Policy>>,
    ) -> Result<Self, String> {
        let stand_ins = Minds { settings, guide };
        let (names, report) = (stand_ins.names(), last.map(report));
        if let Some(report) = &report {
            let message = report.rivals.iter().map(|rival| &rival.name);
            if report.person.name != PERSON || !message.eq(&names) {
                return Err("its scoreboard is of another run".to_owned());
            }
        }
        let Some(SavedManualDrive { cluster, actions, since, rivals }) = takeover else {
            return Ok(Self { drive: None, report });
        };
        let (cluster, since, rivals) = (cluster as usize, since as usize, rivals.0);
        let live = *clusters.get(cluster).ok_or("a cluster is driven that it does not have")?;
        let possible = settings.run.against.is_empty() && !live.outcome().is_over() && since <= live.time();
        if !possible || actions.len() > MOST_ACTIONS || rivals.len() != names.len() {
            return Err("its drive contradicts itself".to_owned());
        }
        let rival = |(saved, name): (SavedRival, &String)| {
            let refused = |problem| format!("of the drive, {name} cannot go on: {problem}");
            stand_ins.rival(name, saved, live).map_err(refused)
        };
        let rivals = rivals.into_iter().zip(&names).map(rival).collect::<Result<_, _>>()?;
        let actions = Action::from_codes(&actions)?.into();
        Ok(Self { drive: Some((cluster, actions, since, rivals)), report })
    }

    /// Takes its place among the clusters and agents of a run.
    pub fn cluster_agent(self, cluster_order: &ClusterOrder) -> ManualControl {
        let drive = self.drive.and_then(|(index, actions, since, rivals)| {
            let (cluster, agent) = *cluster_order.0.get(index)?;
            Some(ManualDrive { cluster, agent, actions, since, rivals })
        });
        ManualControl { drive, report: self.report }
    }
}
