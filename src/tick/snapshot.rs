//! A run as plain data: all that decides its future besides its settings and its model.

use super::components::{
    Agent, Decision, Dice, Forecast, Guidance, LiveCluster, Memory, Recall, Senses, Verdict, Watch,
};
use super::driving::WheelState;
use super::{ActiveSettings, Episode, Mind, Roster, Scoreboard, Tally, Tape, TapeState, Wheel};
use crate::blackbox::Driven;
use crate::brain::{BrainSnapshot, Pilot, Prophet};
use crate::cluster::ClusterSnapshot;
use crate::policy::Recollection;
use crate::record::State;
use crate::settings::{Label, Settings};
use bevy::ecs::component::Component;
use bevy::ecs::entity::Entity;
use bevy::ecs::world::World;
use serde::{Deserialize, Serialize};

/// A cluster and its agent between two ticks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SeatSnapshot {
    pub cluster: ClusterSnapshot,
    pub episode: Episode,
    pub tape: TapeState,
    pub senses: Senses,
    pub recall: Recall,
    pub guidance: Option<Recollection>,
    pub watch: Watch,
    pub forecast: Forecast,
    pub decision: Decision,
    pub verdict: Verdict,
    pub memory: Memory,
    pub dice: Dice,
}

/// All clusters in the order of their index, the counters and the mind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RunSnapshot<'a> {
    pub seats: Vec<SeatSnapshot>,
    pub tally: Tally,
    /// How the comparison stands, where two policies are compared.
    pub board: Option<Scoreboard>,
    pub brain: BrainSnapshot<'a>,
}

/// What people do by hand: follows the rest since version 4 of checkpoints.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Hands {
    pub wheel: WheelState,
    /// What a person drove of the running episode of each cluster.
    pub driven: Vec<Driven>,
}

/// The first version of checkpoints that tells of it.
const WITH_HANDS: u32 = 4;

/// A run with all that people do to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Whole<'a> {
    pub run: RunSnapshot<'a>,
    pub hands: Hands,
}

impl<'a> Whole<'a> {
    /// The run in `world`.
    pub fn of(world: &'a World) -> Self {
        let run = RunSnapshot::of(world);
        let wheel = WheelState::of(world.resource::<Wheel>(), world.resource::<Roster>());
        let driven = run.seats.iter().map(|seat| seat.tape.driven()).collect();
        Self { run, hands: Hands { wheel, driven } }
    }

    /// Reads a state of at most `largest` bytes.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub fn unpack(state: &State, largest: u64) -> Result<Self, String> {
        if state.version() >= WITH_HANDS {
            return state.unpack(largest);
        }
        let run: RunSnapshot<'_> = state.unpack(largest)?;
        let driven = vec![Driven::new(); run.seats.len()];
        Ok(Self { run, hands: Hands { wheel: WheelState::default(), driven } })
    }
}

impl<'a> RunSnapshot<'a> {
    /// The run in `world`.
    fn of(world: &'a World) -> Self {
        let seats = world.resource::<Roster>().0.iter().map(|(cluster, agent)| seat(world, *cluster, *agent)).collect();
        let (tally, brain) = (world.resource::<Tally>().clone(), world.resource::<Mind>().0.snapshot());
        Self { seats, tally, board: world.get_resource().cloned(), brain }
    }
}

fn seat(world: &World, cluster: Entity, agent: Entity) -> SeatSnapshot {
    fn part<T: Component>(world: &World, entity: Entity) -> &T {
        world.get::<T>(entity).expect("clusters and agents have their components for as long as they live")
    }
    debug_assert_eq!(part::<Agent>(world, agent).cluster, cluster);
    let episode = part::<Episode>(world, cluster);
    let ticks = world.resource::<ActiveSettings>().0.run.black_box_ticks;
    SeatSnapshot {
        tape: part::<Tape>(world, cluster).state(ticks),
        cluster: part::<LiveCluster>(world, cluster).0.snapshot(),
        episode: episode.clone(),
        senses: part::<Senses>(world, agent).clone(),
        recall: part::<Recall>(world, agent).clone(),
        guidance: part::<Guidance>(world, agent).0.as_ref().map(|guide| guide.recollection()),
        watch: part::<Watch>(world, agent).clone(),
        forecast: *part::<Forecast>(world, agent),
        decision: *part::<Decision>(world, agent),
        verdict: *part::<Verdict>(world, agent),
        memory: part::<Memory>(world, agent).clone(),
        dice: part::<Dice>(world, agent).clone(),
    }
}

/// How many bytes a snapshot of a run of these settings can have at most, rounded up generously.
pub fn largest_state(settings: &Settings) -> u64 {
    let (pilot, prophet) = (&settings.pilot, &settings.prophet);
    let weights = |sizes: Vec<usize>| sizes.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum::<usize>() as u64;
    let waiting = match prophet.label {
        Label::Horizon => prophet.horizon,
        Label::EpisodeOutcome => settings.cluster.max_steps,
    };
    let (cells, waiting, pending) = (settings.cluster.cells() as u64, waiting as u64, pilot.n_step as u64);
    let course = 32 * settings.cluster.max_steps as u64 + 80 * settings.run.black_box_ticks as u64;
    let seat = 200 * cells + 200 * waiting + 400 * pending + course + (64 << 10);
    let networks = 4 * (4 * weights(Pilot::sizes(pilot)) + 3 * weights(Prophet::sizes(prophet)));
    let memories = 660 * pilot.replay_capacity as u64 + 170 * prophet.capacity as u64;
    // A drive holds two minds, each with its own cluster.
    let drive = 2 * (200 * cells + 4 * weights(Pilot::sizes(pilot)) + (64 << 10));
    seat * settings.run.clusters.max(1) as u64 + networks + memories + drive + (8 << 20)
}
