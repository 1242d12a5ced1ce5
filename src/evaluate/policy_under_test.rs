//! The policies that are evaluated: each by name, with one or several trainings.

use crate::learning::{GreedyPilot, GreedyQTable};
use crate::learning::{Model, Weights};
use crate::policy::{Policy, scripted};
use crate::settings::{ProphetSettings, Scenario, Settings, SettingsError};
use crate::storage::{BUILTIN, Checkpoint, QTABLE, RecordError, builtin, qtable, run_of, runs_in};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// A policy to evaluate, by name, that can be instantiated on every thread. A policy trained with several seeds is evaluated
/// with all of them.
#[derive(Clone)]
pub struct PolicyUnderTest {
    name: String,
    trainings: Vec<TrainedPolicy>,
}

/// One training of a policy under test; a scripted policy counts as a single one.
#[derive(Clone)]
pub struct TrainedPolicy {
    name: String,
    make: Arc<dyn Fn() -> Box<dyn Policy> + Send + Sync>,
    run: Option<TrainingRun>,
    /// A sentence about each damaged checkpoint that was passed over.
    warnings: Vec<String>,
    /// The settings it was trained with; `None` for a scripted policy.
    settings: Option<Arc<Settings>>,
    /// Weights of its Prophet, if it has one.
    prophet: Option<Arc<Weights>>,
}

/// The training run that a policy comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingRun {
    /// The run folder.
    pub folder: PathBuf,
    /// Name of the scenario it was trained on.
    pub scenario: String,
    /// Seed of the training.
    pub seed: u64,
    /// Environment steps of the training up to the checkpoint.
    pub steps: u64,
}

impl fmt::Debug for PolicyUnderTest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PolicyUnderTest").field("name", &self.name).field("trainings", &self.trainings).finish()
    }
}

impl fmt::Debug for TrainedPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TrainedPolicy")
            .field("name", &self.name)
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}

/// Why a policy could not be loaded.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// An unknown name.
    #[error(transparent)]
    Name(#[from] SettingsError),
    /// A checkpoint that cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] RecordError),
}

impl PolicyUnderTest {
    /// A policy by name: that of a scripted policy; `qtable`, the built-in tuned Q-table; `pilot:builtin`, the built-in Pilot
    /// of each scenario; or `pilot:PATH`, the Pilot or Q-table of a checkpoint, of a run folder, or of each run folder inside
    /// a folder.
    ///
    /// # Errors
    /// An unknown name, or a checkpoint that cannot be used.
    pub fn named(name: &str) -> Result<Self, PolicyError> {
        if name.strip_prefix("pilot:") == Some(BUILTIN) {
            return Ok(Self {
                name: name.to_owned(),
                trainings: vec![TrainedPolicy::from_checkpoint(BUILTIN, builtin("default")?)],
            });
        }
        if let Some(path) = name.strip_prefix("pilot:") {
            let trained =
                runs_in(Path::new(path))?.iter().map(|path| TrainedPolicy::load(path)).collect::<Result<_, _>>()?;
            return Ok(Self { name: name.to_owned(), trainings: trained });
        }
        if name == QTABLE {
            let Checkpoint { settings, model } = qtable()?;
            let trained = vec![TrainedPolicy::from_checkpoint(name, Checkpoint { settings, model })];
            return Ok(Self { name: name.to_owned(), trainings: trained });
        }
        scripted(name)?;
        let known = name.to_owned();
        let checked = "the name was checked above";
        Ok(Self::custom(name, move || scripted(&known).expect(checked)))
    }

    /// A policy with one training per model, numbered from 1.
    pub fn from_models<'a>(name: impl Into<String>, models: impl IntoIterator<Item = (Model, &'a Settings)>) -> Self {
        let trained = (1..).zip(models).map(|(number, (model, settings)): (u32, _)| {
            TrainedPolicy::from_checkpoint(&number.to_string(), Checkpoint { settings: settings.clone(), model })
        });
        Self { name: name.into(), trainings: trained.collect() }
    }

    /// A custom policy. `make` is called many times, on any thread, and each instance plays some of the episodes, so no state
    /// may pass from one episode to the next; otherwise the score depends on the number of threads.
    pub fn custom(name: impl Into<String>, make: impl Fn() -> Box<dyn Policy> + Send + Sync + 'static) -> Self {
        let name = name.into();
        Self {
            trainings: vec![TrainedPolicy {
                name: name.clone(),
                make: Arc::new(make),
                run: None,
                warnings: Vec::new(),
                settings: None,
                prophet: None,
            }],
            name,
        }
    }

    /// This policy for a scenario: `pilot:builtin` has a different Pilot for each.
    ///
    /// # Errors
    /// A checkpoint that cannot be used.
    pub fn for_scenario(&self, scenario: &Scenario) -> Result<Self, PolicyError> {
        let mut ready = self.clone();
        if self.name.strip_prefix("pilot:") == Some(BUILTIN) {
            // The name of a resized scenario begins with the built-in one, such as `default 12x12`.
            let name = scenario.name.split(' ').next().unwrap_or_default();
            ready.trainings = vec![TrainedPolicy::from_checkpoint(BUILTIN, builtin(name)?)];
        }
        Ok(ready)
    }

    /// Its name in tables.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A sentence about each damaged checkpoint that was passed over.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        self.trainings.iter().flat_map(|training| training.warnings.iter().map(String::as_str))
    }

    /// Its trainings, one per training seed; a scripted policy has one.
    pub fn trainings(&self) -> &[TrainedPolicy] {
        &self.trainings
    }
}

impl TrainedPolicy {
    /// The Pilot or Q-table of a checkpoint file or run folder.
    fn load(path: &Path) -> Result<Self, RecordError> {
        let (checkpoint, warnings) = Checkpoint::load_intact(path)?;
        let (scenario, seed) = (checkpoint.settings.cluster.name.clone(), checkpoint.settings.run.seed);
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let run = run_of(path).map(|folder| TrainingRun { folder, scenario, seed, steps: checkpoint.model.steps });
        Ok(Self { run, warnings, ..Self::from_checkpoint(&name, checkpoint) })
    }

    /// The Pilot or Q-table of a checkpoint.
    fn from_checkpoint(name: &str, Checkpoint { settings, model }: Checkpoint) -> Self {
        let make: Arc<dyn Fn() -> Box<dyn Policy> + Send + Sync> = match &model.table {
            Some(table) => {
                let tabular = GreedyQTable::new(table.clone(), settings.qtable.random_share);
                Arc::new(move || Box::new(tabular.clone()))
            }
            None => {
                let greedy = GreedyPilot::new(&model, &settings);
                Arc::new(move || Box::new(greedy.clone()))
            }
        };
        let prophet = Some(Arc::new(model.prophet));
        let settings = Some(Arc::new(settings));
        Self { name: name.to_owned(), make, run: None, warnings: Vec::new(), settings, prophet }
    }

    /// Its name among the trainings: that of its run folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The training run, if it was loaded from a run folder.
    pub fn run(&self) -> Option<&TrainingRun> {
        self.run.as_ref()
    }

    /// The settings it was trained with; `None` for a scripted policy.
    pub fn settings(&self) -> Option<&Settings> {
        self.settings.as_deref()
    }

    /// Weights and settings of its Prophet; `None` for a policy without one.
    pub fn prophet(&self) -> Option<(&Weights, &ProphetSettings)> {
        Some((self.prophet.as_deref()?, &self.settings()?.prophet))
    }

    /// A new instance of the policy.
    pub(super) fn instantiate(&self) -> Box<dyn Policy> {
        (self.make)()
    }
}
