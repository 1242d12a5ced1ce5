//! A drive in progress and the report of the last one as files hold them, and back: a run can resume during a drive.

use crate::cluster::{Action, Cluster};
use crate::learning::{GreedyPilot, GreedyQTable};
use crate::learning::{Pilot, QTable, Weights};
use crate::policy::{Policy, PolicyState};
use crate::schema::{SavedDriveReport, SavedEpisodeProgress, SavedManualDrive, SavedRival, SavedRivalPolicy};
use crate::settings::{AgentKind, Settings};
use crate::simulation::takeover::drive::{
    MAX_WAITING_ACTIONS, PERSON, PILOT, StandIn, StandInWeights, TABLE, guide_name,
};
use crate::simulation::{ClusterOrder, DriveReport, EpisodeProgress, ManualControl, ManualDrive, Rival};
use std::collections::VecDeque;

/// A restored and checked drive, and the report of the last one, before the entities of the clusters exist.
#[derive(Default)]
pub(in crate::simulation) struct RestoredControl {
    /// Index of the cluster, actions that wait, step of the take-over, rivals.
    drive: Option<(usize, VecDeque<Action>, usize, Vec<Rival>)>,
    report: Option<DriveReport>,
}

/// The saved form of a drive; none if its cluster is not in `cluster_order`.
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

fn saved_rival(Rival { stand_in, cluster }: &Rival) -> SavedRival {
    let weights = match &stand_in.weights {
        StandInWeights::Pilot(weights) => SavedRivalPolicy::Pilot(weights.to_saved()),
        StandInWeights::Table(table) => SavedRivalPolicy::QTable(table.to_saved()),
        StandInWeights::Guide => SavedRivalPolicy::Guide,
    };
    SavedRival { weights, memory: stand_in.policy.policy_state().to_saved(), cluster: cluster.snapshot() }
}

/// The saved form of a report.
pub(in crate::simulation) fn saved_report(DriveReport { since, person, rivals }: &DriveReport) -> SavedDriveReport {
    let progress = |EpisodeProgress { name, survived, outcome }: &EpisodeProgress| SavedEpisodeProgress {
        name: name.clone(),
        survived: *survived as u64,
        outcome: (*outcome).into(),
    };
    SavedDriveReport { since: *since as u64, person: progress(person), rivals: rivals.iter().map(progress).collect() }
}

fn report(SavedDriveReport { since, person, rivals }: SavedDriveReport) -> DriveReport {
    let progress = |SavedEpisodeProgress { name, survived, outcome }| EpisodeProgress {
        name,
        survived: survived as usize,
        outcome: outcome.into(),
    };
    DriveReport {
        since: since as usize,
        person: progress(person),
        rivals: rivals.0.into_iter().map(progress).collect(),
    }
}

/// Restores the stand-ins of a run.
struct StandInFactory<'a, G> {
    settings: &'a Settings,
    /// Creates the guide or the watched policy.
    guide: G,
}

impl<G: Fn() -> Option<Box<dyn Policy>>> StandInFactory<'_, G> {
    /// Names of the stand-ins of this run.
    fn names(&self) -> Vec<String> {
        let Self { settings, guide } = self;
        // A watched scripted policy acts in place of the networks.
        let own = settings.run.policy.is_empty() || guide().is_none();
        let own = own.then(|| if settings.run.agent == AgentKind::QTable { TABLE } else { PILOT }.to_owned());
        own.into_iter().chain(guide().map(|_| guide_name(settings))).collect()
    }

    /// The stand-in of this name with saved weights and memory.
    fn stand_in(&self, name: &str, saved: &SavedRival, rows: usize, columns: usize) -> Result<StandIn, String> {
        let Self { settings, guide } = self;
        let (table, wanted) = (settings.run.agent == AgentKind::QTable, name == guide_name(settings));
        let (weights, mut policy): (_, Box<dyn Policy>) = match &saved.weights {
            SavedRivalPolicy::Guide if wanted => (StandInWeights::Guide, guide().ok_or("this run has no guide")?),
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
            _ => return Err("it is another policy".to_owned()),
        };
        if !policy.restore(PolicyState::from_saved(&saved.memory, rows, columns)?) {
            return Err("its memory is that of another policy".to_owned());
        }
        Ok(StandIn { name: name.to_owned(), weights, policy })
    }

    /// The rival of this name in a drive of the cluster `live`.
    fn rival(&self, name: &str, saved: SavedRival, live: &Cluster) -> Result<Rival, String> {
        let stand_in = self.stand_in(name, &saved, live.scenario().rows, live.scenario().columns)?;
        let mut cluster = live.clone();
        cluster.restore(saved.cluster)?;
        let (over, time) = (cluster.outcome().is_over(), cluster.time());
        let in_step = if over { time <= live.time() } else { time == live.time() };
        if !in_step || cluster.episode_seed() != live.episode_seed() {
            return Err("it is in another episode".to_owned());
        }
        Ok(Rival { stand_in, cluster })
    }
}

impl RestoredControl {
    /// Checks what was saved against the settings and clusters of the run; `guide` creates the guide or the watched policy.
    ///
    /// # Errors
    /// What does not match, as the end of a sentence.
    pub fn new(
        (takeover, last_report): (Option<SavedManualDrive>, Option<SavedDriveReport>),
        settings: &Settings,
        clusters: &[&Cluster],
        guide: impl Fn() -> Option<Box<dyn Policy>>,
    ) -> Result<Self, String> {
        let factory = StandInFactory { settings, guide };
        let (names, report) = (factory.names(), last_report.map(report));
        if let Some(report) = &report {
            let rivals = report.rivals.iter().map(|rival| &rival.name);
            if report.person.name != PERSON || !rivals.eq(&names) {
                return Err("its drive report belongs to another run".to_owned());
            }
        }
        let Some(SavedManualDrive { cluster, actions, since, rivals }) = takeover else {
            return Ok(Self { drive: None, report });
        };
        let (cluster, since, rivals) = (cluster as usize, since as usize, rivals.0);
        let live = *clusters.get(cluster).ok_or("its drive is in a cluster that it does not have")?;
        let possible = settings.run.against.is_empty() && !live.outcome().is_over() && since <= live.time();
        if !possible || actions.len() > MAX_WAITING_ACTIONS || rivals.len() != names.len() {
            return Err("its drive is inconsistent".to_owned());
        }
        let rival = |(saved, name): (SavedRival, &String)| {
            let refused = |problem| format!("{name}, a rival of its drive, cannot be restored: {problem}");
            factory.rival(name, saved, live).map_err(refused)
        };
        let rivals = rivals.into_iter().zip(&names).map(rival).collect::<Result<_, _>>()?;
        let actions = Action::from_codes(&actions)?.into();
        Ok(Self { drive: Some((cluster, actions, since, rivals)), report })
    }

    /// Binds the drive to the entities of its cluster and agent.
    pub fn into_manual_control(self, cluster_order: &ClusterOrder) -> ManualControl {
        let drive = self.drive.and_then(|(index, actions, since, rivals)| {
            let (cluster, agent) = *cluster_order.0.get(index)?;
            Some(ManualDrive { cluster, agent, actions, since, rivals })
        });
        ManualControl { drive, report: self.report }
    }
}
