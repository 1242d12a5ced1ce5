//! Restores a frame history by replaying an episode: after a resume, and from a black box.

use crate::blackbox::{ActionLog, AgentRecord, BlackBox, EpisodePlayer, PlayedEvent, StepRecord, Verification};
use crate::cluster::{Cluster, StepResult};
use crate::learning::{ActionChoice, QValues, RiskCurve};
use crate::schema::{SavedDecisions, SavedEpisodeLog};
use crate::simulation::{ActionResult, Cause, Decision, Forecast, Frame, FrameHistory};

/// The forecast and the decision of a step.
#[derive(Debug, Clone, Copy)]
struct RecordedDecision {
    forecast: RiskCurve,
    q_values: QValues,
    epsilon: f64,
    choice: ActionChoice,
}

impl From<&AgentRecord> for RecordedDecision {
    fn from(agent_record: &AgentRecord) -> Self {
        let AgentRecord { forecast, q_values, epsilon, choice, .. } = *agent_record;
        Self { forecast, q_values, epsilon, choice }
    }
}

impl FrameHistory {
    /// What a resumed run needs to write the same black boxes: the action log of the running episode, and the decisions of its
    /// last `ticks` frames, which a replay cannot restore. None if no black boxes are written.
    pub fn to_saved(&self, ticks: usize) -> Option<SavedEpisodeLog> {
        let log = self.action_log()?.to_saved();
        let episode = self.latest().map_or(0, |frame| frame.episode);
        let frames = self.frames().rev().take_while(|(_, frame)| frame.episode == episode).take(ticks);
        let forecast_and_decision: Vec<_> = frames.filter_map(|(_, frame)| frame.forecast_and_decision()).collect();
        let mut decisions = SavedDecisions::default();
        for (forecast, Decision { q_values, epsilon, choice, .. }) in forecast_and_decision.into_iter().rev() {
            decisions.add(&forecast.0, q_values, *epsilon, *choice);
        }
        Some(SavedEpisodeLog { log, decisions })
    }

    /// Restores this empty history from a saved state by replaying the running episode, whose seed is `seed` and whose number
    /// is `episode`, up to tick `tick` of the run. `cluster` is a fresh one with the settings and trace of the run.
    ///
    /// # Errors
    /// An inconsistent state, or an episode that replays differently.
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
        if !action_log.is_complete() {
            return Ok(self.with_restored_log(Some(action_log)));
        }
        action_log.check(cluster.cells().cpu.len())?;
        let decision = |(forecast, q_values, epsilon, choice)| RecordedDecision { forecast, q_values, epsilon, choice };
        let forecast_and_decision: Vec<_> = decisions.rows()?.into_iter().map(decision).collect();
        let steps = action_log.steps();
        let unknown = steps.checked_sub(forecast_and_decision.len()).ok_or("it has more decisions than steps")?;
        let tick_at = |done: usize| tick.saturating_sub((steps - done) as u64);
        let decision_at =
            |done: usize| done.checked_sub(unknown + 1).and_then(|at| forecast_and_decision.get(at)).copied();
        let mut player = EpisodePlayer::new(cluster, &action_log, seed);
        let mut frame_history = self;
        frame_history.play(&mut player, &action_log, episode, tick_at, decision_at)?;
        Ok(frame_history.with_restored_log(Some(action_log)))
    }

    /// The history of a black box, one frame per moment of the episode, and the cluster at its end. If the replay differs, only
    /// the moments that the file records in full.
    ///
    /// # Errors
    /// A black box whose replay differs and that records no moment in full.
    pub fn from_black_box(black_box: &BlackBox) -> Result<(Self, Cluster), String> {
        let mut player = black_box.player()?;
        let mut frame_history = Self::new(black_box.action_log.moments());
        if let Verification::Differs(difference) = black_box.verify()? {
            if black_box.moments.is_empty() {
                return Err(format!("the episode cannot be shown: {difference}"));
            }
            let before = black_box.first_recorded();
            while player.moments() < before && player.next().is_some() {}
            for record in &black_box.moments {
                let Some(played) = player.next() else { break };
                let manual = player.steps() > 0 && black_box.action_log.is_manual(player.steps() - 1);
                frame_history.push(player.cluster(), cause(&played.event), |frame| {
                    fill_frame(frame, record, black_box.number, manual)
                });
            }
            return Ok((frame_history, player.into_cluster()));
        }
        let forecast_and_decision: Vec<RecordedDecision> = black_box
            .moments
            .iter()
            .filter_map(|moment| moment.agent_record.as_deref())
            .map(RecordedDecision::from)
            .collect();
        let unknown = black_box.action_log.steps() - forecast_and_decision.len();
        let decision_at = |done: usize| done.checked_sub(unknown + 1).map(|at| forecast_and_decision[at]);
        frame_history.play(
            &mut player,
            &black_box.action_log,
            black_box.number,
            |done| black_box.tick_at(done),
            decision_at,
        )?;
        Ok((frame_history, player.into_cluster()))
    }

    /// Replays a log to its end. `decision_at` returns the decision of a step, counted
    /// from 1, if it is known.
    fn play(
        &mut self,
        player: &mut EpisodePlayer,
        action_log: &ActionLog,
        episode: u64,
        tick_at: impl Fn(usize) -> u64,
        decision_at: impl Fn(usize) -> Option<RecordedDecision>,
    ) -> Result<(), String> {
        while let Some(played) = player.next() {
            let (done, moment) = (player.steps(), player.moments() - 1);
            if action_log.hash(moment) != Some(played.hash) {
                return Err(format!("its episode replays differently, at moment {moment}"));
            }
            let cause = cause(&played.event);
            self.push(player.cluster(), cause, |frame| {
                (frame.tick, frame.episode, frame.observation) = (tick_at(done), episode, played.observation);
                let PlayedEvent::Act { action, effect, step } = played.event else { return };
                frame.action_result = ActionResult { effect, step };
                let decision = decision_at(done);
                frame.decision_known = decision.is_some();
                frame.forecast = Forecast(decision.map(|decision| decision.forecast).unwrap_or_default());
                frame.decision = decision.map_or_else(
                    Decision::default,
                    |RecordedDecision { q_values, epsilon, choice, .. }| Decision {
                        q_values,
                        epsilon,
                        choice,
                        manual: false,
                    },
                );
                frame.decision.choice.action = action;
                frame.decision.manual = action_log.is_manual(done - 1);
            });
        }
        Ok(())
    }
}

/// Fills a frame with a recorded moment.
fn fill_frame(frame: &mut Frame, record: &StepRecord, episode: u64, manual: bool) {
    let StepRecord { tick, agent, budget, cpu, mem, priority, agent_record } = record;
    (frame.tick, frame.episode, frame.budget) = (*tick, episode, *budget);
    frame.agent = (agent.0 as usize, agent.1 as usize);
    (frame.cpu, frame.mem, frame.priority) = (cpu.clone(), mem.clone(), priority.clone());
    let sum: f32 = cpu.iter().chain(mem).sum();
    frame.load = f64::from(sum) / (2 * cpu.len()) as f64;
    if let Some(agent_record) = agent_record {
        let AgentRecord { observation, forecast, q_values, epsilon, choice, effect, reward, outcome } = **agent_record;
        frame.observation = observation;
        frame.forecast = Forecast(forecast);
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
