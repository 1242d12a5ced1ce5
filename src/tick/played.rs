//! Tapes of episodes that are played again: after a resume, and from a black box.

use super::{Cause, Decision, Forecast, Frame, Tape, Verdict};
use crate::blackbox::{BlackBox, Course, Deed, Driven, Moment, Player, Thought, Verdict as Replayed};
use crate::brain::{Choice, QValues};
use crate::cluster::{Cluster, Step};
use serde::{Deserialize, Serialize};

/// What must be saved of a tape so that a run that goes on writes the same black boxes: the course of the running
/// episode, and of its last moments what playing it again cannot bring back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TapeState {
    course: Option<Course>,
    /// What the agent was told and decided in its last steps, oldest first.
    thoughts: Vec<Told>,
}

impl TapeState {
    /// What a person drove of the running episode, which is saved in a place of its own.
    pub(super) fn driven(&self) -> Driven {
        self.course.as_ref().map(|course| course.driven().to_vec()).unwrap_or_default()
    }

    /// The same, of which a person drove this.
    pub(super) fn with_driven(self, driven: Driven) -> Self {
        Self { course: self.course.map(|course| course.with_driven(driven)), ..self }
    }
}

/// What an agent was told and decided.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Told {
    risk: f32,
    q_values: QValues,
    epsilon: f64,
    choice: Choice,
}

impl Told {
    fn of(frame: &Frame) -> Option<Self> {
        let (forecast, Decision { q_values, epsilon, choice, .. }) = frame.thoughts()?;
        Some(Self { risk: forecast.risk, q_values: *q_values, epsilon: *epsilon, choice: *choice })
    }
}

impl From<&Thought> for Told {
    fn from(thought: &Thought) -> Self {
        let Thought { risk, q_values, epsilon, choice, .. } = *thought;
        Self { risk, q_values, epsilon, choice }
    }
}

impl Tape {
    /// What must be saved of it; `ticks` is how many of the last ones a black box tells in full.
    pub fn state(&self, ticks: usize) -> TapeState {
        let Some(course) = self.course() else { return TapeState::default() };
        let episode = self.latest().map_or(0, |frame| frame.episode);
        let frames = self.frames().rev().take_while(|(_, frame)| frame.episode == episode).take(ticks);
        let mut thoughts: Vec<Told> = frames.filter_map(|(_, frame)| Told::of(frame)).collect();
        thoughts.reverse();
        TapeState { course: Some(course.clone()), thoughts }
    }

    /// Goes on from a saved state: plays the course of the running episode onto this empty tape. `cluster` is a fresh one
    /// of the run's settings and trace; `seed` and `episode` are the seed and the number of the running episode, and `tick`
    /// is how many ticks of the run were done.
    ///
    /// # Errors
    /// A state that contradicts itself, or an episode that came out differently.
    pub fn restore(
        self,
        state: TapeState,
        cluster: Cluster,
        seed: u64,
        episode: u64,
        tick: u64,
    ) -> Result<Self, String> {
        let TapeState { course: Some(course), thoughts } = state else { return Ok(self) };
        if !course.is_whole() {
            return Ok(self.with(Some(course)));
        }
        course.check(cluster.cells().cpu.len())?;
        let steps = course.steps();
        let unknown = steps.checked_sub(thoughts.len()).ok_or("its thoughts are more than its steps")?;
        let tick_at = |done: usize| tick.saturating_sub((steps - done) as u64);
        let told = |done: usize| done.checked_sub(unknown + 1).and_then(|at| thoughts.get(at)).copied();
        let mut player = Player::new(cluster, &course, seed);
        let mut tape = self;
        tape.play(&mut player, &course, episode, tick_at, told)?;
        Ok(tape.with(Some(course)))
    }

    /// The tape of a black box, one frame per moment of the episode, and the cluster at its end. Where the episode cannot
    /// be confirmed it holds what the file tells in full.
    ///
    /// # Errors
    /// A black box that can neither be confirmed nor tells a moment in full.
    pub fn of_black_box(it: &BlackBox) -> Result<(Self, Cluster), String> {
        let mut player = it.player()?;
        let mut tape = Self::new(it.course.moments());
        if let Replayed::Differs(difference) = it.verify()? {
            if it.moments.is_empty() {
                return Err(format!("the episode cannot be shown: {difference}"));
            }
            let before = it.first_told();
            while player.moments() < before && player.next().is_some() {}
            for told in &it.moments {
                let Some(played) = player.next() else { break };
                let driven = player.steps() > 0 && it.course.is_driven(player.steps() - 1);
                tape.push(player.cluster(), cause(&played.deed), |frame| tell(frame, told, it.number, driven));
            }
            return Ok((tape, player.into_cluster()));
        }
        let thoughts: Vec<Told> =
            it.moments.iter().filter_map(|moment| moment.thought.as_deref()).map(Told::from).collect();
        let unknown = it.course.steps() - thoughts.len();
        let told = |done: usize| done.checked_sub(unknown + 1).map(|at| thoughts[at]);
        tape.play(&mut player, &it.course, it.number, |done| it.tick_at(done), told)?;
        Ok((tape, player.into_cluster()))
    }

    /// Plays a course to its end. `told` answers what the agent was told and decided in its step of this number, counted
    /// from 1.
    fn play(
        &mut self,
        player: &mut Player,
        course: &Course,
        episode: u64,
        tick_at: impl Fn(usize) -> u64,
        told: impl Fn(usize) -> Option<Told>,
    ) -> Result<(), String> {
        while let Some(played) = player.next() {
            let (done, moment) = (player.steps(), player.moments() - 1);
            if course.link(moment) != Some(played.link) {
                return Err(format!("its episode came out differently when it was played again, at moment {moment}"));
            }
            let cause = cause(&played.deed);
            self.push(player.cluster(), cause, |frame| {
                (frame.tick, frame.episode, frame.observation) = (tick_at(done), episode, played.observation);
                let Deed::Act { action, effect, step } = played.deed else { return };
                frame.verdict = Verdict { effect, step };
                let told = told(done);
                frame.known = told.is_some();
                frame.forecast = Forecast { risk: told.map_or(0.0, |told| told.risk) };
                frame.decision = told.map_or_else(Decision::default, |Told { q_values, epsilon, choice, .. }| {
                    Decision { q_values, epsilon, choice, driven: false }
                });
                frame.decision.choice.action = action;
                frame.decision.driven = course.is_driven(done - 1);
            });
        }
        Ok(())
    }
}

/// Makes a frame what the file tells of the moment.
fn tell(frame: &mut Frame, told: &Moment, episode: u64, driven: bool) {
    let Moment { tick, agent, budget, cpu, mem, priority, thought } = told;
    (frame.tick, frame.episode, frame.budget) = (*tick, episode, *budget);
    frame.agent = (agent.0 as usize, agent.1 as usize);
    (frame.cpu, frame.mem, frame.priority) = (cpu.clone(), mem.clone(), priority.clone());
    let sum: f32 = cpu.iter().chain(mem).sum();
    frame.load = f64::from(sum) / (2 * cpu.len()) as f64;
    if let Some(thought) = thought {
        let Thought { observation, risk, q_values, epsilon, choice, effect, reward, outcome } = **thought;
        frame.observation = observation;
        frame.forecast = Forecast { risk };
        frame.decision = Decision { q_values, epsilon, choice, driven };
        frame.verdict = Verdict { effect, step: Step { reward, outcome } };
    }
}

fn cause(deed: &Deed) -> Cause {
    match deed {
        Deed::Start => Cause::Start,
        Deed::Act { .. } => Cause::Tick,
        Deed::Intervene(intervention) => Cause::Intervention(*intervention),
    }
}
