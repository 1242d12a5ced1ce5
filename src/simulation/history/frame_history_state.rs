//! Tapes of episodes that are played again: after a resume, and from a black box.

use crate::blackbox::{ActionLog, AgentRecord, BlackBox, EpisodePlayer, PlayedEvent, StepRecord, Verification};
use crate::cluster::{Cluster, StepResult};
use crate::learning::{ActionChoice, QValues};
use crate::schema::{SavedDecisions, SavedEpisodeLog};
use crate::simulation::{ActionResult, Cause, Decision, Forecast, Frame, FrameHistory};

/// What an agent was told and decided.
#[derive(Debug, Clone, Copy)]
struct RecordedDecision {
    risk: f32,
    q_values: QValues,
    epsilon: f64,
    choice: ActionChoice,
}

impl From<&AgentRecord> for RecordedDecision {
    fn from(agent_record: &AgentRecord) -> Self {
        let AgentRecord { risk, q_values, epsilon, choice, .. } = *agent_record;
        Self { risk, q_values, epsilon, choice }
    }
}

impl FrameHistory {
    /// What must be saved so that a run that goes on writes the same black boxes: the course of the running episode, and of
    /// its last moments what playing it again cannot bring back. `ticks` is how many of the last ones a black box tells in
    /// full. None where no black box is wanted.
    pub fn to_saved(&self, ticks: usize) -> Option<SavedEpisodeLog> {
        let log = self.action_log()?.to_saved();
        let episode = self.latest().map_or(0, |frame| frame.episode);
        let frames = self.frames().rev().take_while(|(_, frame)| frame.episode == episode).take(ticks);
        let forecast_and_decision: Vec<_> = frames.filter_map(|(_, frame)| frame.forecast_and_decision()).collect();
        let mut decisions = SavedDecisions::default();
        for (forecast, Decision { q_values, epsilon, choice, .. }) in forecast_and_decision.into_iter().rev() {
            decisions.add(forecast.risk, q_values, *epsilon, *choice);
        }
        Some(SavedEpisodeLog { log, decisions })
    }

    /// Goes on from a saved state: plays the course of the running episode onto this empty tape. `cluster` is a fresh one
    /// of the run's settings and trace; `seed` and `episode` are the seed and the number of the running episode, and `tick`
    /// is how many ticks of the run were done.
    ///
    /// # Errors
    /// A state that contradicts itself, or an episode that came out differently.
    pub fn restore(
        self,
        saved: Option<SavedEpisodeLog>,
        cluster: Cluster,
        seed: u64,
        episode: u64,
        tick: u64,
    ) -> Result<Self, String> {
        let Some(SavedEpisodeLog { log, decisions }) = saved else { return Ok(self) };
        let action_log = ActionLog::from_saved(log)?;
        if !action_log.is_whole() {
            return Ok(self.with(Some(action_log)));
        }
        action_log.check(cluster.cells().cpu.len())?;
        let message = |(risk, q_values, epsilon, choice)| RecordedDecision { risk, q_values, epsilon, choice };
        let forecast_and_decision: Vec<_> = decisions.rows()?.into_iter().map(message).collect();
        let steps = action_log.steps();
        let unknown = steps.checked_sub(forecast_and_decision.len()).ok_or("its thoughts are more than its steps")?;
        let tick_at = |done: usize| tick.saturating_sub((steps - done) as u64);
        let message = |done: usize| done.checked_sub(unknown + 1).and_then(|at| forecast_and_decision.get(at)).copied();
        let mut player = EpisodePlayer::new(cluster, &action_log, seed);
        let mut frame_history = self;
        frame_history.play(&mut player, &action_log, episode, tick_at, message)?;
        Ok(frame_history.with(Some(action_log)))
    }

    /// The tape of a black box, one frame per moment of the episode, and the cluster at its end. Where the episode cannot
    /// be confirmed it holds what the file tells in full.
    ///
    /// # Errors
    /// A black box that can neither be confirmed nor tells a moment in full.
    pub fn from_black_box(it: &BlackBox) -> Result<(Self, Cluster), String> {
        let mut player = it.player()?;
        let mut frame_history = Self::new(it.action_log.moments());
        if let Verification::Differs(difference) = it.verify()? {
            if it.moments.is_empty() {
                return Err(format!("the episode cannot be shown: {difference}"));
            }
            let before = it.first_recorded();
            while player.moments() < before && player.next().is_some() {}
            for message in &it.moments {
                let Some(played) = player.next() else { break };
                let manual = player.steps() > 0 && it.action_log.is_manual(player.steps() - 1);
                frame_history
                    .push(player.cluster(), cause(&played.event), |frame| tell(frame, message, it.number, manual));
            }
            return Ok((frame_history, player.into_cluster()));
        }
        let forecast_and_decision: Vec<RecordedDecision> =
            it.moments.iter().filter_map(|moment| moment.agent_record.as_deref()).map(RecordedDecision::from).collect();
        let unknown = it.action_log.steps() - forecast_and_decision.len();
        let message = |done: usize| done.checked_sub(unknown + 1).map(|at| forecast_and_decision[at]);
        frame_history.play(&mut player, &it.action_log, it.number, |done| it.tick_at(done), message)?;
        Ok((frame_history, player.into_cluster()))
    }

    /// Plays a course to its end. `message` answers what the agent was told and decided in its step of this number, counted
    /// from 1.
    fn play(
        &mut self,
        player: &mut EpisodePlayer,
        action_log: &ActionLog,
        episode: u64,
        tick_at: impl Fn(usize) -> u64,
        message: impl Fn(usize) -> Option<RecordedDecision>,
    ) -> Result<(), String> {
        while let Some(played) = player.next() {
            let (done, moment) = (player.steps(), player.moments() - 1);
            if action_log.link(moment) != Some(played.link) {
                return Err(format!("its episode came out differently when it was played again, at moment {moment}"));
            }
            let cause = cause(&played.event);
            self.push(player.cluster(), cause, |frame| {
                (frame.tick, frame.episode, frame.observation) = (tick_at(done), episode, played.observation);
                let PlayedEvent::Act { action, effect, step } = played.event else { return };
                frame.action_result = ActionResult { effect, step };
                let message = message(done);
                frame.known = message.is_some();
                frame.forecast = Forecast { risk: message.map_or(0.0, |message| message.risk) };
                frame.decision =
                    message.map_or_else(Decision::default, |RecordedDecision { q_values, epsilon, choice, .. }| {
                        Decision { q_values, epsilon, choice, manual: false }
                    });
                frame.decision.choice.action = action;
                frame.decision.manual = action_log.is_manual(done - 1);
            });
        }
        Ok(())
    }
}

/// Makes a frame what the file tells of the moment.
fn tell(frame: &mut Frame, message: &StepRecord, episode: u64, manual: bool) {
    let StepRecord { tick, agent, budget, cpu, mem, priority, agent_record } = message;
    (frame.tick, frame.episode, frame.budget) = (*tick, episode, *budget);
    frame.agent = (agent.0 as usize, agent.1 as usize);
    (frame.cpu, frame.mem, frame.priority) = (cpu.clone(), mem.clone(), priority.clone());
    let sum: f32 = cpu.iter().chain(mem).sum();
    frame.load = f64::from(sum) / (2 * cpu.len()) as f64;
    if let Some(agent_record) = agent_record {
        let AgentRecord { observation, risk, q_values, epsilon, choice, effect, reward, outcome } = **agent_record;
        frame.observation = observation;
        frame.forecast = Forecast { risk };
        frame.decision = Decision { q_values, epsilon, choice, manual };
        frame.action_result = ActionResult { effect, step: StepResult { reward, outcome } };
    }
}

fn cause(event: &PlayedEvent) -> Cause {
    match event {
        PlayedEvent::Start => Cause::Start,
        PlayedEvent::Act { .. } => Cause::Tick,
        PlayedEvent::Intervene(intervention) => Cause::Intervention(*intervention),
    }
}
