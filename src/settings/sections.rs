//! The sections of the settings tree besides the scenario: run, reward, trace, Pilot, exploration, Prophet
//! and view.

use super::tree::{choice, settings};

choice! {
    /// Which burn backend computes.
    pub enum Backend {
        /// burn's pure-Rust flex backend.
        Flex = "flex",
        /// The older backend on the ndarray crate.
        Ndarray = "ndarray",
    }
}

choice! {
    /// What learns to act.
    pub enum AgentKind {
        /// A deep Q-network: the Pilot.
        Dqn = "dqn",
        /// A Q-table over mean load, budget and risk, as the older program (v10) had it.
        QTable = "qtable",
    }
}

choice! {
    /// A named set of reward weights.
    pub enum RewardProfile {
        /// The dense reward of v4.6: credit for every clean-up.
        Classic = "classic",
        /// Fewer, later terms: failures, spending and a potential of memory.
        Survival = "survival",
    }
}

choice! {
    /// What the Pilot is given.
    pub enum PilotInputKind {
        /// The observation: the 3x3 patch, the agent's position, the budget and the statistics.
        Observation = "observation",
        /// The observation, and what the agent remembers of the six most urgent cells it has seen.
        Belief = "belief",
    }
}

choice! {
    /// The scripted policy whose action an exploring agent may take instead of a random one.
    pub enum GuidePolicy {
        /// Nobody's: all exploratory actions are random.
        Nobody = "nobody",
        /// The scripted policy `patrol`.
        Patrol = "patrol",
        /// The scripted policy `notebook`.
        Notebook = "notebook",
    }
}

choice! {
    /// How the last layer of the Pilot's network becomes values of the actions.
    pub enum Head {
        /// One number per action.
        Plain = "plain",
        /// The value of the state and each action's advantage over their mean (Wang et al. 2016).
        Dueling = "dueling",
        /// Quantiles of each action's return, whose mean is the value (QR-DQN, Dabney et al. 2018).
        Quantile = "quantile",
    }
}

choice! {
    /// Shape of a temporal-difference or regression loss.
    pub enum Loss {
        /// Squared error near zero, absolute error beyond 1.
        Huber = "huber",
        /// Squared error.
        Mse = "mse",
    }
}

choice! {
    /// When the Pilot and the Prophet take gradient steps.
    pub enum UpdateTiming {
        /// One update per `pilot.train_every` environment steps.
        Steps = "steps",
        /// `pilot.updates_per_episode` updates when an episode ends.
        EpisodeEnd = "episode-end",
    }
}

choice! {
    /// How epsilon falls.
    pub enum EpsilonDecay {
        /// A straight line over `exploration.decay_share` of the run.
        Linear = "linear",
        /// Multiplied by `exploration.episode_factor` after every episode.
        PerEpisode = "per-episode",
    }
}

choice! {
    /// What the Prophet's fear does to exploration.
    pub enum FearRule {
        /// Nothing: the forecast is shown and not used.
        Nothing = "nothing",
        /// Epsilon is multiplied by 1 - `exploration.fear` * risk, as the older program did.
        Suppress = "suppress",
        /// Above `exploration.fear_threshold` the agent does not explore: it takes the action that it values most.
        Greedy = "greedy",
        /// Above `exploration.fear_threshold` an exploratory action is always the guide's, never a random one.
        Guide = "guide",
        /// Above `exploration.fear_threshold` the guide acts, whether the agent would have explored or not.
        HandOver = "hand-over",
    }
}

choice! {
    /// What the Prophet is trained to forecast.
    pub enum ProphetLabel {
        /// When the cluster collapses: the hazards in the intervals that `prophet.horizons` end (their likelihood).
        Survival = "survival",
        /// Whether the whole episode ended in a collapse (squared error), as the older program did.
        EpisodeOutcome = "episode-outcome",
    }
}

choice! {
    /// What the Prophet is given.
    pub enum ProphetInputKind {
        /// The five global statistics, as the older program did.
        Statistics = "statistics",
        /// The statistics, their recent changes, the budget, and when the worst cells will be out of memory.
        Trends = "trends",
    }
}

choice! {
    /// Where in a trace an episode begins.
    pub enum StartRow {
        /// At a row drawn from the episode's own seed.
        Random = "random",
        /// At the first row.
        First = "first",
    }
}

settings! {
    /// Length, seed and pace of a run.
    pub struct RunSettings {
        /// Environment steps in the whole run, over all clusters.
        steps: u64 = 300_000, 1 => 1e12, "steps";
        /// The one seed: every stream of random numbers is derived from it.
        seed: u64 = 1;
        /// What learns to act: the network of the section `pilot` or the table of the section `qtable`.
        agent: AgentKind = AgentKind::Dqn;
        /// The policy that acts: empty for the learning Pilot; or a policy that only plays: the name of a scripted one,
        /// pilot:builtin, or pilot:PATH.
        policy: String = String::new();
        /// A policy to compare with run.policy, named in the same way: both play the same episodes side by side, without
        /// learning. Empty for none.
        against: String = String::new();
        /// Clusters that run side by side; 0 means 16 without a window and 1 with one.
        clusters: usize = 0, 0 => 1024, "clusters";
        /// Threads that learning may use. The results do not depend on it.
        threads: usize = 2, 1 => 64, "threads";
        /// Which burn backend computes.
        backend: Backend = Backend::Flex;
        /// Ticks of the first cluster per row of steps.csv; 0 writes none.
        steps_csv_every: u64 = 50, 0 => 1e9, "ticks";
        /// Environment steps between checkpoints; 0 writes one at the end only.
        checkpoint_every: u64 = 100_000, 0 => 1e12, "steps";
        /// Minutes between further checkpoints, by the clock; 0 writes none.
        checkpoint_minutes: f64 = 5.0, 0 => 1e6, "min";
        /// How many checkpoints are kept, the newest; 0 keeps all.
        keep_checkpoints: usize = 3, 0 => 1e6, "checkpoints";
        /// Ticks before a collapse that its black box holds in full; 0 writes no black boxes.
        black_box_ticks: usize = 200, 0 => 100000, "ticks";
        /// How many black boxes are kept, the newest; 0 keeps all.
        keep_black_boxes: usize = 200, 0 => 1e9, "files";
        /// Memory for the recent past of all clusters, to look back on in the window.
        history_memory: f64 = 64.0, 1 => 65536, "MiB";
        /// Wall-clock seconds after which the run saves and stops; 0 means no limit.
        max_runtime: f64 = 0.0, 0 => 1e9, "s";
    }
}

settings! {
    /// Weights of the reward's terms. Each term is logged on its own; a weight of 0 switches it off.
    pub struct RewardSettings {
        /// Named set of weights; choosing one sets all weights below.
        profile: RewardProfile = RewardProfile::Survival;
        /// Each step.
        step: f64 = 0.0, -100 => 100;
        /// min(1, cleaned / 1.5) * (1 + priority) for a clean-up, -0.1 for cleaning less than 0.2.
        clean: f64 = 0.0, -100 => 100;
        /// Share of the hotspots relieved by a scale action.
        scale: f64 = 0.0, -100 => 100;
        /// An action that the budget did not cover or that had nothing to do: 0.2, or 0.5 for a scale that it did not cover.
        refused: f64 = -1.0, -100 => 100;
        /// Each cell out of memory.
        oom: f64 = -0.2, -100 => 100;
        /// Each critical cell out of memory.
        critical_oom: f64 = 0.0, -100 => 100;
        /// Fall of the mean load during the step.
        load: f64 = 0.0, -100 => 100;
        /// The collapse of the cluster.
        collapse: f64 = -5.0, -100 => 100;
        /// Each unit of budget spent.
        spend: f64 = -0.01, -100 => 100;
        /// Potential shaping 0.99 F(s') - F(s), F falling with the cube of memory.
        potential: f64 = 1.0, -100 => 100;
    }
}

impl RewardSettings {
    /// The weights of a profile (docs/model.md, "Reward").
    pub fn for_profile(profile: RewardProfile) -> Self {
        match profile {
            RewardProfile::Survival => Self::default(),
            RewardProfile::Classic => Self {
                profile,
                step: -0.01,
                clean: 1.0,
                scale: 0.8,
                refused: -1.0,
                oom: -2.0,
                critical_oom: -3.0,
                load: 0.5,
                collapse: 0.0,
                spend: 0.0,
                potential: 0.0,
            },
        }
    }
}

settings! {
    /// Real telemetry that drives the cells.
    pub struct TraceSettings {
        /// Trace file; empty for the synthetic load.
        file: String = String::new();
        /// Environment steps per row of the trace; between rows the load is interpolated.
        steps_per_row: usize = 1, 1 => 10000, "steps";
        /// Where in the trace an episode begins.
        start: StartRow = StartRow::Random;
        /// Whether the trace's memory changes are added to the cells' memory drift.
        memory: bool = true;
    }
}

settings! {
    /// The network that acts, and how it learns.
    pub struct PilotSettings {
        /// What the network is given: the observation alone, or the agent's memory of the torus besides.
        inputs: PilotInputKind = PilotInputKind::Belief;
        /// Widths of the hidden layers between the inputs and 8 actions.
        hidden: Vec<usize> = vec![64, 64], 1 => 1024, "neurons";
        /// How the last layer becomes values of the actions.
        head: Head = Head::Plain;
        /// Quantiles per action, with the head `quantile`.
        quantiles: usize = 16, 2 => 200, "quantiles";
        /// Whether the numbers before each ReLU are normalised to mean 0 and variance 1 (layer normalisation).
        layer_norm: bool = false;
        /// Discount per step.
        gamma: f64 = 0.97, 0 => 0.9999;
        /// Rewards summed before bootstrapping.
        n_step: usize = 3, 1 => 50, "steps";
        /// Double DQN: the acting network picks the action that the target network values.
        double: bool = true;
        /// Loss of the temporal-difference error.
        loss: Loss = Loss::Mse;
        /// Adam's learning rate at the start of the run.
        learning_rate: f64 = 1e-3, 0 => 1;
        /// Learning rate at the end of the run, as a share of the one at its start.
        final_learning_rate: f64 = 0.05, 0 => 1;
        /// Adam's epsilon, which bounds its steps where gradients are small. PyTorch has 1e-8, Rainbow 1.5e-4.
        adam_epsilon: f64 = 1e-5, 1e-12 => 1;
        /// Largest norm of a gradient tensor; 0 does not clip.
        gradient_clip: f64 = 10.0, 0 => 1e6;
        /// Transitions per update.
        batch_size: usize = 64, 1 => 4096, "transitions";
        /// Transitions in the replay buffer.
        replay_capacity: usize = 100_000, 16 => 5e6, "transitions";
        /// Whether each sampled transition is transformed by one of the eight symmetries of the torus, drawn at random.
        symmetry_augmentation: bool = true;
        /// Whether a Pilot that only plays averages its values over the eight symmetries.
        symmetry_averaging: bool = true;
        /// Exponent of the priorities with which transitions are drawn (prioritised replay); 0 draws uniformly.
        priority: f64 = 0.0, 0 => 1;
        /// Environment steps before the first update.
        warmup: u64 = 1_000, 0 => 1e9, "steps";
        /// When gradient steps are taken.
        update_timing: UpdateTiming = UpdateTiming::Steps;
        /// Environment steps per update, with the timing `steps`.
        train_every: u64 = 8, 1 => 100000, "steps";
        /// Updates when an episode ends, with the timing `episode-end`.
        updates_per_episode: u64 = 10, 1 => 10000, "updates";
        /// Updates between copies into the target network; 0 uses no target network.
        target_every: u64 = 1_000, 0 => 1e9, "updates";
        /// Share of the run's updates, the latest, that the averaged weights cover; 0 evaluates the last weights.
        average_share: f64 = 0.08, 0 => 1;
        /// Updates between changes of the averaged weights.
        average_every: u64 = 10, 1 => 1e6, "updates";
    }
}

settings! {
    /// The Q-table of the agent `qtable`, and how it learns: one update per environment step.
    pub struct QTableSettings {
        /// Share of the error that an update removes.
        learning_rate: f64 = 0.1, 0 => 1;
        /// Discount per step.
        gamma: f64 = 0.95, 0 => 0.9999;
        /// Value of every action at the start. A value above any return makes the agent try every action.
        initial_value: f64 = 0.0, -1000 => 1000;
        /// Share of random actions when the trained table plays. Its state does not contain the agent's position, so
        /// without any the agent walks in circles.
        random_share: f64 = 0.0, 0 => 1;
    }
}

settings! {
    /// How the agent explores.
    pub struct ExplorationSettings {
        /// Probability of a random action at the start.
        epsilon_start: f64 = 1.0, 0 => 1;
        /// Probability of a random action at the end.
        epsilon_end: f64 = 0.05, 0 => 1;
        /// How epsilon falls.
        decay: EpsilonDecay = EpsilonDecay::Linear;
        /// Share of the run over which epsilon falls, with the decay `linear`.
        decay_share: f64 = 0.3, 0.0001 => 1;
        /// Factor per episode, with the decay `per-episode`.
        episode_factor: f64 = 0.995, 0 => 1;
        /// The scripted policy whose action may be taken instead of a random one.
        guide: GuidePolicy = GuidePolicy::Notebook;
        /// Share of the exploratory actions that are the guide's.
        guide_share: f64 = 0.9, 0 => 1;
        /// What the Prophet's fear does to exploration.
        fear_rule: FearRule = FearRule::HandOver;
        /// How far risk suppresses epsilon, with the fear rule `suppress`: epsilon * (1 - fear * risk).
        fear: f64 = 0.9, 0 => 1;
        /// Risk above which the other fear rules take effect.
        fear_threshold: f64 = 0.02, 0 => 1;
        /// Share of the run during which they apply. After it the agent faces danger by itself, and learns from that.
        fear_share: f64 = 0.2, 0 => 1;
        /// Share of the steps that are handed over to the guide at random, whatever the risk: the control in a study of fear.
        hand_over_share: f64 = 0.0, 0 => 1;
    }
}

settings! {
    /// The network that forecasts collapse, and how it learns.
    pub struct ProphetSettings {
        /// What the network is given: the five global statistics, or these and the trends.
        inputs: ProphetInputKind = ProphetInputKind::Trends;
        /// Widths of the hidden layers between the inputs and the hazards.
        hidden: Vec<usize> = vec![64], 1 => 1024, "neurons";
        /// How far ahead the forecast looks, the nearest horizon first. Each ends an interval with a hazard of its own. The
        /// longest is the one of the risk.
        horizons: Vec<usize> = vec![2, 5, 10, 20, 35, 50], 1 => 10000, "steps";
        /// What the Prophet is trained to forecast.
        label: ProphetLabel = ProphetLabel::Survival;
        /// Learning rate at the start of the run, as a share of the Pilot's initial one; 0 does not train the Prophet.
        learning_rate_share: f64 = 0.5, 0 => 100;
        /// Learning rate at the end of the run, as a share of the one at its start.
        final_learning_rate: f64 = 0.1, 0 => 1;
        /// Adam's epsilon, which bounds its steps where gradients are small.
        adam_epsilon: f64 = 1e-5, 1e-12 => 1;
        /// Labelled states per update.
        batch_size: usize = 64, 1 => 4096, "states";
        /// Labelled states in the replay buffer.
        replay_capacity: usize = 100_000, 16 => 5e6, "states";
    }
}

impl ProphetSettings {
    /// The longest horizon, in steps.
    pub fn longest_horizon(&self) -> usize {
        self.horizons.last().copied().unwrap_or(1)
    }
}

settings! {
    /// The window.
    pub struct ViewSettings {
        /// Ticks per second at speed 1x.
        ticks_per_second: f64 = 10.0, 0.1 => 1000, "1/s";
        /// Speed at the start, as a multiple of `ticks_per_second`.
        speed: f64 = 4.0, 0.1 => 64, "x";
        /// Most milliseconds that the simulation may take per frame.
        frame_budget: f64 = 10.0, 0.5 => 1000, "ms";
        /// Risk from which the window warns of a collapse, and from which one counts as foreseen.
        alarm: f64 = 0.3, 0 => 1;
        /// File that stores how the panels are arranged; empty for one in the user's configuration folder.
        layout: String = String::new();
    }
}
