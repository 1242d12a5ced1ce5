//! The pace: how many ticks a frame of the window runs.
//!
//! Bevy's own fixed timestep is not used: it runs as many steps as the clock asks for, however long they take, while
//! a window that must stay fluid at any speed needs a bound on the time spent in one frame. The clock decides only
//! *when* a tick runs, never what it does, so the pace cannot change a result.

use crate::simulation::{
    ActiveSettings, CommandScript, EventKind, EventLog, ManualControl, RunStats, apply_commands, repeat, tick,
};
use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use bevy_time::{Real, Time};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// The finite speeds that may be chosen, as multiples of `view.ticks_per_second`.
pub const SPEEDS: RangeInclusive<f64> = 0.1..=64.0;

/// Longest frame time that counts, in seconds: after a longer one the machine has slept.
pub const LONGEST_FRAME: f64 = 1.0;

/// How fast the window runs the simulation.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct Pace {
    /// Whether ticks run at all.
    pub running: bool,
    /// Multiple of `view.ticks_per_second`; infinite for as fast as the frame budget allows.
    pub speed: f64,
    /// Ticks to run although paused.
    pub single_steps: u32,
    /// Tick after which the pace stops by itself, if any.
    pub stop_at: Option<u64>,
    /// Fixed interpolation between two ticks, 0 to 1, in place of the clock.
    pub held: Option<f32>,
    /// Frame budgets that a frame may use: one, or more if frames are rare because the window is hidden.
    pub budgets: u32,
    /// Ticks due by the clock; the fraction is the interpolation between two ticks.
    due_ticks: f64,
}

impl Pace {
    /// A pace that runs at `speed`.
    pub fn new(speed: f64) -> Self {
        Self { running: true, speed, single_steps: 0, stop_at: None, held: None, budgets: 1, due_ticks: 0.0 }
    }

    /// Starts or pauses.
    pub fn toggle(&mut self) {
        self.running = !self.running;
    }

    /// How far the present moment lies between the last tick and the next, 0 to 1. At rest or at full speed it is 1:
    /// the view shows the last tick.
    pub fn between_ticks(&self) -> f32 {
        match self.held {
            Some(share) => share,
            None if self.running && self.speed.is_finite() => self.due_ticks.clamp(0.0, 1.0) as f32,
            None => 1.0,
        }
    }
}

/// Applies waiting commands, then runs the ticks that are due within the frame's budget.
pub fn advance(world: &mut World) {
    apply_commands(world);
    let Some(settings) = world.get_resource::<ActiveSettings>() else { return };
    let rate = settings.0.view.ticks_per_second;
    let budget = Duration::from_secs_f64(settings.0.view.frame_budget / 1000.0);
    let elapsed = world.get_resource::<Time<Real>>().map_or(0.0, Time::delta_secs_f64).min(LONGEST_FRAME);
    let budget = world.resource::<Pace>().budgets * budget;
    let started = Instant::now();
    world.resource_mut::<Pace>().accrue(elapsed, rate);
    while started.elapsed() < budget {
        if let Err(problem) = repeat(world) {
            let ticks = world.resource::<RunStats>().ticks;
            world.resource_mut::<Pace>().running = false;
            if let Some(mut log) = world.get_resource_mut::<EventLog>() {
                log.add(ticks, EventKind::Trouble, problem);
            }
        }
        // While a script runs, time passes as it did for the person who gave the commands.
        let repeated = world.get_resource::<CommandScript>().is_some_and(|script| !script.is_over());
        if !repeated && world.resource::<ManualControl>().drive().is_some() {
            return drive(world);
        }
        let done = world.resource::<RunStats>().ticks;
        if !world.resource_mut::<Pace>().spend(done) {
            return;
        }
        tick(world);
    }
    // Ticks beyond the budget are dropped, or a slow machine would fall ever further behind.
    world.resource_mut::<Pace>().drop_excess();
}

/// Runs a tick for each queued action of the person who drives. The run pauses at the end of the episode, so that they see
/// how it ended.
fn drive(world: &mut World) {
    while !world.resource::<ManualControl>().waits() {
        tick(world);
        let over = world.resource::<ManualControl>().drive().is_none();
        let mut pace = world.resource_mut::<Pace>();
        pace.due_ticks = 0.0;
        if over {
            pace.running = false;
            return;
        }
    }
    let mut pace = world.resource_mut::<Pace>();
    pace.single_steps = 0;
    pace.drop_excess();
}

impl Pace {
    /// Number of ticks due after `elapsed` seconds, at most `most`; for the playback of a recording.
    pub fn due(&mut self, elapsed: f64, rate: f64, most: u32) -> u32 {
        self.accrue(elapsed, rate);
        let due = (0..most).take_while(|_| self.spend(0)).count() as u32;
        self.drop_excess();
        due
    }

    fn accrue(&mut self, elapsed: f64, rate: f64) {
        if self.running && self.speed.is_finite() {
            self.due_ticks += elapsed * rate * self.speed;
        }
    }

    /// Whether another tick is due after `done` ticks; if so, it is deducted.
    fn spend(&mut self, done: u64) -> bool {
        if self.stop_at.is_some_and(|last| done >= last) {
            self.running = false;
            return false;
        }
        if self.single_steps > 0 {
            self.single_steps -= 1;
            return true;
        }
        if !self.running {
            return false;
        }
        if self.speed.is_finite() {
            if self.due_ticks < 1.0 {
                return false;
            }
            self.due_ticks -= 1.0;
        }
        true
    }

    fn drop_excess(&mut self) {
        self.due_ticks = self.due_ticks.min(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(pace: &mut Pace, seconds: f64) -> u32 {
        pace.accrue(seconds, 10.0);
        (0..1_000).take_while(|_| pace.spend(0)).count() as u32
    }

    #[test]
    fn speed_multiplies_the_rate() {
        let mut pace = Pace::new(0.25);
        assert_eq!((0..40).map(|_| ticks(&mut pace, 0.1)).sum::<u32>(), 10);
        pace.speed = 4.0;
        assert_eq!(ticks(&mut pace, 1.0), 40);
    }

    #[test]
    fn no_tick_is_due_in_a_pause_and_a_single_step_is_one_tick() {
        let mut pace = Pace::new(4.0);
        pace.running = false;
        assert_eq!(ticks(&mut pace, 10.0), 0);
        pace.single_steps = 1;
        assert_eq!(ticks(&mut pace, 10.0), 1);
        pace.running = true;
        assert_eq!(ticks(&mut pace, 0.0), 0);
    }

    #[test]
    fn what_is_due_of_a_recording_is_bounded() {
        let mut pace = Pace::new(2.0);
        assert_eq!(pace.due(0.1, 10.0, 50), 2);
        assert_eq!(pace.due(1_000.0, 10.0, 50), 50);
        assert!(pace.due(0.0, 10.0, 50) <= 1, "ticks beyond the limit are dropped");
        pace.speed = f64::INFINITY;
        assert_eq!(pace.due(0.0, 10.0, 50), 50);
    }

    #[test]
    fn it_stops_at_the_given_tick() {
        let mut pace = Pace::new(f64::INFINITY);
        pace.stop_at = Some(5);
        assert!(pace.spend(4));
        assert!(!pace.spend(5));
        assert!(!pace.running);
    }
}
