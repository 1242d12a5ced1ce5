//! Who plays: a policy by name, with one mind or one per training seed.

use super::shipped::{QTABLE, qtable};
use crate::brain::Model;
use crate::policy::{Greedy, Policy, Tabular, scripted};
use crate::record::{Checkpoint, RecordError, run_of, runs_in};
use crate::settings::{Settings, SettingsError};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// A policy by name, which every thread can have one of. One that was trained several times has a mind per training
/// seed, and all of them play.
#[derive(Clone)]
pub struct Contestant {
    name: String,
    minds: Vec<Mind>,
}

/// One training of a contestant; a scripted policy is a single mind.
#[derive(Clone)]
pub struct Mind {
    name: String,
    make: Arc<dyn Fn() -> Box<dyn Policy> + Send + Sync>,
    run: Option<TrainingRun>,
}

/// Where a mind was trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingRun {
    /// The run folder.
    pub folder: PathBuf,
    /// Name of the scenario it was trained on.
    pub scenario: String,
}

impl fmt::Debug for Contestant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Contestant").field("name", &self.name).field("minds", &self.minds).finish()
    }
}

impl fmt::Debug for Mind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mind").field("name", &self.name).field("run", &self.run).finish_non_exhaustive()
    }
}

/// Why a policy could not be had.
#[derive(Debug, Error)]
pub enum ContestantError {
    /// An unknown name.
    #[error(transparent)]
    Name(#[from] SettingsError),
    /// A checkpoint that cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] RecordError),
}

impl Contestant {
    /// A scripted policy by name, `qtable` for the tuned Q-table that comes with the program, or `pilot:PATH` for what acts in a checkpoint (its Pilot or its Q-table), in that of a
    /// run folder, or in that of each run folder in a folder of them.
    ///
    /// # Errors
    /// An unknown name, or a checkpoint that cannot be used.
    pub fn named(name: &str) -> Result<Self, ContestantError> {
        if let Some(path) = name.strip_prefix("pilot:") {
            let minds = runs_in(Path::new(path))?.iter().map(|path| Mind::pilot(path)).collect::<Result<_, _>>()?;
            return Ok(Self { name: name.to_owned(), minds });
        }
        if name == QTABLE {
            let Checkpoint { settings, model } = qtable()?;
            let minds = vec![Mind::trained(name.to_owned(), &model, &settings)];
            return Ok(Self { name: name.to_owned(), minds });
        }
        scripted(name)?;
        let known = name.to_owned();
        let checked = "the name was checked when the contestant was made";
        Ok(Self::custom(name, move || scripted(&known).expect(checked)))
    }

    /// What acts in checked models that are at hand, one mind each, numbered from 1.
    pub fn trained<'a>(name: impl Into<String>, models: impl IntoIterator<Item = (Model, &'a Settings)>) -> Self {
        let minds = (1..)
            .zip(models)
            .map(|(number, (model, settings)): (u32, _)| Mind::trained(number.to_string(), &model, settings));
        Self { name: name.into(), minds: minds.collect() }
    }

    /// A policy of the caller's own. `make` is called again and again, on any thread, and what it makes plays some of
    /// the episodes: nothing may pass from one episode to the next, or the score depends on how they were dealt out.
    pub fn custom(name: impl Into<String>, make: impl Fn() -> Box<dyn Policy> + Send + Sync + 'static) -> Self {
        let name = name.into();
        Self { minds: vec![Mind { name: name.clone(), make: Arc::new(make), run: None }], name }
    }

    /// The name in tables.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its minds, one per training seed; a scripted policy has one.
    pub fn minds(&self) -> &[Mind] {
        &self.minds
    }
}

impl Mind {
    /// What acts in a checkpoint file or run folder.
    fn pilot(path: &Path) -> Result<Self, RecordError> {
        let Checkpoint { settings, model } = Checkpoint::load(path)?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let scenario = settings.cluster.name.clone();
        let run = run_of(path).map(|folder| TrainingRun { folder, scenario });
        Ok(Self { run, ..Self::trained(name, &model, &settings) })
    }

    /// What acts in a checked model.
    fn trained(name: String, model: &Model, settings: &Settings) -> Self {
        let make: Arc<dyn Fn() -> Box<dyn Policy> + Send + Sync> = match &model.table {
            Some(table) => {
                let tabular = Tabular::new(table.clone(), settings.qtable.random_share);
                Arc::new(move || Box::new(tabular.clone()))
            }
            None => {
                let greedy = Greedy::new(model, settings);
                Arc::new(move || Box::new(greedy.clone()))
            }
        };
        Self { name, make, run: None }
    }

    /// Its name among the minds of the contestant: that of its run folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it was trained, if a run folder tells.
    pub fn run(&self) -> Option<&TrainingRun> {
        self.run.as_ref()
    }

    /// A player of some episodes.
    pub(super) fn player(&self) -> Box<dyn Policy> {
        (self.make)()
    }
}
