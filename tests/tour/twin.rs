//! The same run from the library alone, without a window: what the window shows must be what the twin holds.

use super::reading::part;
use bevy::ecs::component::Component;
use bevy::ecs::prelude::World;
use resonetics::settings::{Settings, load_scenario};
use resonetics::simulation::{
    self, ActiveSettings, ChartHistory, ClusterOrder, Command, CommandQueue, EventLog, Forecast, LiveCluster, RunStats,
    Simulation,
};
use resonetics::storage::RunFolder;
use resonetics::view::Picture;

/// A run without a window.
pub struct Twin {
    pub world: World,
    settings: Settings,
    /// What was asked of it, each after so many ticks.
    commands: Vec<(u64, Command)>,
}

impl Twin {
    /// The run of this scenario under these settings.
    pub fn new(scenario: &str, values: &[(&str, &str)]) -> Self {
        let cluster = load_scenario(scenario).expect("a scenario");
        let mut settings = Settings { cluster, ..Settings::default() };
        values.iter().for_each(|(path, value)| settings.set(path, value).expect("a good value"));
        Self::of(settings)
    }

    /// The run under these settings.
    pub fn of(settings: Settings) -> Self {
        let mut world = World::new();
        world.init_resource::<CommandQueue>();
        world.init_resource::<EventLog>();
        world.insert_resource(ChartHistory::default());
        world.add_schedule(simulation::schedule());
        let simulation = Simulation::prepare(settings.clone(), 1).expect("good settings");
        simulation.start(&mut world, None::<RunFolder>);
        Self { world, settings, commands: Vec::new() }
    }

    /// Ticks done.
    pub fn ticks(&self) -> u64 {
        self.world.resource::<RunStats>().ticks
    }

    /// Goes on to the end of this tick; back to it, where it is further, from the beginning and with the same commands.
    pub fn to(&mut self, tick: u64) {
        if tick < self.ticks() {
            let commands = std::mem::take(&mut self.commands);
            *self = Self::of(self.settings.clone());
            for (at, command) in commands.into_iter().filter(|(at, _)| *at <= tick) {
                self.to(at);
                self.ask(command);
            }
        }
        while self.ticks() < tick {
            simulation::tick(&mut self.world);
        }
    }

    /// Gives a command now.
    pub fn ask(&mut self, command: Command) {
        self.commands.push((self.ticks(), command.clone()));
        self.world.resource_mut::<CommandQueue>().0.push_back(command);
        simulation::apply_commands(&mut self.world);
    }

    /// A component of the first cluster or of its agent.
    pub fn get<T: Component>(&self) -> &T {
        let (cluster, agent) = self.world.resource::<ClusterOrder>().0[0];
        self.world.get::<T>(cluster).or_else(|| self.world.get::<T>(agent)).expect("a component")
    }

    /// The settings as they are now.
    pub fn settings(&self) -> &Settings {
        &self.world.resource::<ActiveSettings>().0
    }

    /// Goes to the tick of a picture and compares every cell, the agent, the risk, and what the strip tells of the tick.
    pub fn compare(&mut self, picture: &Picture) {
        self.to(picture.tick);
        let cluster = &self.get::<LiveCluster>().0;
        assert_eq!([cluster.agent().0, cluster.agent().1], picture.agent, "the agent at tick {}", picture.tick);
        for cell in &picture.cells {
            let (index, cells) = (cluster.index(cell.row, cell.column), cluster.cells());
            let state = (cells.cpu[index], cells.mem[index], cells.priority[index]);
            let message = (cell.row, cell.column, picture.tick);
            assert_eq!((cell.cpu, cell.memory, cell.priority), state, "row, column and tick {message:?}");
        }
        if picture.action.is_some() {
            assert_eq!(picture.risk, self.get::<Forecast>().risk());
        }
        let strip = part(picture, "strip");
        if !strip.is_empty() {
            let tick = format!("tick {}", grouped(picture.tick));
            assert!(strip.iter().any(|widget| widget.text == tick), "{tick}: {strip:?}");
        }
    }
}

/// A number as the panels write it.
pub fn grouped(number: u64) -> String {
    let digits: Vec<char> = number.to_string().chars().rev().collect();
    let groups: Vec<String> = digits.chunks(3).map(|group| group.iter().collect()).collect();
    groups.join(",").chars().rev().collect()
}
