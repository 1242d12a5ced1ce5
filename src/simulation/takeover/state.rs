//! A drive in progress, and how the last one went, as plain data: a run can go on in the middle of a drive.

use crate::cluster::{Action, Cluster, ClusterSnapshot};
use crate::learning::Pilot;
use crate::learning::{GreedyPilot, GreedyQTable};
use crate::policy::{Policy, PolicyState};
use crate::settings::{AgentKind, Settings};
use crate::simulation::takeover::drive::{MOST_ACTIONS, PERSON, PILOT, StandIn, StandInWeights, TABLE, guide_name};
use crate::simulation::{ClusterOrder, DriveReport, ManualControl, ManualDrive, Rival};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Who drives, if somebody does, and how the last drive went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(in crate::simulation) struct ManualControlState {
    drive: Option<DriveState>,
    report: Option<DriveReport>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct DriveState {
    /// Index of the cluster.
    cluster: usize,
    actions: VecDeque<Action>,
    since: usize,
    rivals: Vec<RivalState>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct RivalState {
    weights: StandInWeights,
    policy_state: PolicyState,
    cluster: ClusterSnapshot,
}

/// The same, checked: it waits for the clusters to be in their world.
#[derive(Default)]
pub(in crate::simulation) struct Resumed {
    /// Index of the cluster, actions that wait, step of the take-over, rivals.
    drive: Option<(usize, VecDeque<Action>, usize, Vec<Rival>)>,
    report: Option<DriveReport>,
}

impl ManualControlState {
    /// The state of `manual_control` in a run with this roster.
    pub fn of(manual_control: &ManualControl, cluster_order: &ClusterOrder) -> Self {
        let place = |drive: &ManualDrive| cluster_order.0.iter().position(|(cluster, _)| *cluster == drive.cluster);
        let drive = manual_control.drive.as_ref().and_then(|drive| {
            let (actions, since) = (drive.actions.clone(), drive.since);
            let rivals = drive.rivals.iter().map(RivalState::of).collect();
            Some(DriveState { cluster: place(drive)?, actions, since, rivals })
        });
        Self { drive, report: manual_control.report.clone() }
    }

    /// Checks it against the run of these settings with these clusters; `guide` makes the guide of its agents, or the policy
    /// that is watched.
    ///
    /// # Errors
    /// What does not fit, as the end of a sentence.
    pub fn restore(
        self,
        settings: &Settings,
        clusters: &[&Cluster],
        guide: impl Fn() -> Option<Box<dyn Policy>>,
    ) -> Result<Resumed, String> {
        // A scripted policy that is watched acts in the place of the networks.
        let own = settings.run.policy.is_empty() || guide().is_none();
        let own = own.then(|| if settings.run.agent == AgentKind::QTable { TABLE } else { PILOT }.to_owned());
        let names: Vec<_> = own.into_iter().chain(guide().map(|_| guide_name(settings))).collect();
        if let Some(report) = &self.report {
            let message = report.rivals.iter().map(|rival| rival.name.as_str());
            if report.person.name != PERSON || !message.eq(names.iter().map(String::as_str)) {
                return Err("its scoreboard is of another run".to_owned());
            }
        }
        let Some(drive) = self.drive else { return Ok(Resumed { drive: None, report: self.report }) };
        let DriveState { cluster, actions, since, rivals } = drive;
        let live = *clusters.get(cluster).ok_or("a cluster is driven that it does not have")?;
        let possible = settings.run.against.is_empty() && !live.outcome().is_over() && since <= live.time();
        if !possible || actions.len() > MOST_ACTIONS || rivals.len() != names.len() {
            return Err("its drive contradicts itself".to_owned());
        }
        let rivals = rivals.into_iter().zip(names).map(|(rival, name)| rival.restore(name, settings, live, &guide));
        let rivals = rivals.collect::<Result<_, _>>()?;
        Ok(Resumed { drive: Some((cluster, actions, since, rivals)), report: self.report })
    }
}

impl RivalState {
    fn of(Rival { learner, cluster }: &Rival) -> Self {
        let (weights, policy_state) = (learner.weights.clone(), learner.policy.policy_state());
        Self { weights, policy_state, cluster: cluster.snapshot() }
    }

    fn restore(
        self,
        name: String,
        settings: &Settings,
        live: &Cluster,
        guide: impl Fn() -> Option<Box<dyn Policy>>,
    ) -> Result<Rival, String> {
        let refused = |problem: &str| format!("of the drive, {name} cannot go on: {problem}");
        let (table, wanted) = (settings.run.agent == AgentKind::QTable, name == guide_name(settings));
        let mut policy: Box<dyn Policy> = match &self.weights {
            StandInWeights::Guide if wanted => guide().ok_or_else(|| refused("it is no guide"))?,
            StandInWeights::Pilot(weights) if !wanted && !table => {
                let checked = weights.check(&Pilot::sizes(&settings.pilot));
                checked.map_err(|problem| refused(&problem.to_string()))?;
                Box::new(GreedyPilot::with_weights(weights, settings))
            }
            StandInWeights::Table(values) if !wanted && table => {
                values.check().map_err(|problem| refused(&problem.to_string()))?;
                Box::new(GreedyQTable::new(values.clone(), settings.qtable.random_share))
            }
            _ => return Err(refused("it is another mind")),
        };
        let (rows, columns) = (live.scenario().rows, live.scenario().columns);
        if !self.policy_state.fits(rows, columns) || !policy.restore(self.policy_state) {
            return Err(refused("it remembers another torus"));
        }
        let mut cluster = live.clone();
        cluster.restore(self.cluster).map_err(refused)?;
        let (over, time) = (cluster.outcome().is_over(), cluster.time());
        let in_step = if over { time <= live.time() } else { time == live.time() };
        if !in_step || cluster.episode_seed() != live.episode_seed() {
            return Err(refused("it plays another episode"));
        }
        Ok(Rival { learner: StandIn { name, weights: self.weights, policy }, cluster })
    }
}

impl Resumed {
    /// Takes its place among the clusters and agents of a run.
    pub fn cluster_agent(self, cluster_order: &ClusterOrder) -> ManualControl {
        let drive = self.drive.and_then(|(index, actions, since, rivals)| {
            let (cluster, agent) = *cluster_order.0.get(index)?;
            Some(ManualDrive { cluster, agent, actions, since, rivals })
        });
        ManualControl { drive, report: self.report }
    }
}
