//! The window: the schedule of `train`, run from the frames of a Bevy app.

use super::error::Ending;
use super::output::{errln, outln};
use super::stop;
use super::{CliError, WindowOptions, display_loss, probe, resume, train};
use crate::overlay;
use crate::settings::{RunSettings, Settings};
use crate::simulation::{
    self, ActiveLearner, ActiveSettings, Command, CommandQueue, CommandScript, EventKind, EventLog, LONGEST_FRAME,
    Pace, RunEnd, RunNotice, RunStats, RunWriter,
};
use crate::storage::RecordError;
use crate::view::{
    self, CameraMode, CameraRig, ColourMode, FilmJob, NamedChoice, Playhead, RendererFailed, ScreenshotJob, ViewSystems,
};
use bevy::app::{App, AppExit, Last, Update};
use bevy::ecs::prelude::{IntoScheduleConfigs, Local, MessageWriter, Res, ResMut, Resource, World};
use bevy::ecs::schedule::common_conditions::on_message;
use bevy::time::{Real, Time};
use bevy::window::ExitSystems;
use bevy::winit::{EventLoopProxyWrapper, WinitUserEvent};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Opens the window and learns until it is closed. If none can be opened, prints why and trains in the terminal.
///
/// # Errors
/// Invalid options, a run that could not be recorded, or a picture that could not be taken.
pub fn run(options: WindowOptions) -> Result<Ending, CliError> {
    let named = |option: &'static str| move |problem: String| CliError::BadInput(format!("--{option}: {problem}"));
    let mode = options.mode.as_deref().map(ColourMode::named).transpose().map_err(named("mode"))?;
    let camera = options.camera.as_deref().map(CameraMode::named).transpose().map_err(named("camera"))?;
    let at_tick = options.at_tick.unwrap_or(0);
    let screenshot = options.screenshot.as_ref().map(|path| options.force.file(path)).transpose()?;
    let screenshot = screenshot.map(|file| ScreenshotJob::new(file, at_tick)).transpose()?;
    let film = options.film.as_ref().map(|path| options.force.file(path)).transpose()?;
    let (simulation, target) = resume::prepare(&options.run, [&options.policy, &options.against], 1)?;
    let script = match &target {
        Some(target) => target.script(&options.run, simulation.settings())?,
        None => options.run.script(simulation.settings())?,
    };
    let clusters = simulation.settings().run.clusters;
    if let Some(focus) = options.focus.filter(|focus| *focus >= clusters) {
        return Err(CliError::BadInput(format!("--focus {focus}: this run has {clusters} clusters, counted from 0")));
    }
    if let Err(reason) = probe::try_window() {
        let needs_window = |what: &str| format!("{what} needs a window, and none can be opened here: {reason}");
        if let Some(what) =
            options.screenshot.as_ref().map(|_| "--screenshot").or(options.film.as_ref().map(|_| "--film"))
        {
            return Err(CliError::Failed(needs_window(what)));
        }
        let run = &simulation.settings().run;
        let policy = policy_names(run, ",");
        if !policy.is_empty() {
            let other = format!("; `resonetics evaluate --policy {policy}` plays it in the terminal");
            return Err(CliError::Failed(needs_window("watching a policy") + &other));
        }
        errln!("No window can be opened here ({reason}): training in the terminal instead.");
        drop(target);
        return train::run(&options.run);
    }
    stop::listen();
    let extended = target.as_ref().is_some_and(|target| target.extended);
    let folder = match target {
        Some(target) => target.resume()?,
        None => options.run.folder(simulation.settings())?,
    };
    if let Some(report) = &simulation.report {
        errln!("{report}");
    }
    let Settings { run, cluster, .. } = simulation.settings();
    let activity = if run.policy.is_empty() {
        "Learning".to_owned()
    } else {
        format!("Watching {}", policy_names(run, " against "))
    };
    errln!("{activity} on {} into {}", cluster.name, folder.path().display());
    let mut pace = Pace::new(options.speed.unwrap_or(simulation.settings().view.speed));
    pace.stop_at = options.at_tick.or(options.run.ticks);
    let (sender, receiver) = channel();
    let mut app = App::new();
    app.add_plugins(view::window_plugins("Resonetics", true));
    view::resize(app.world_mut(), options.size);
    let event_loop = (**app.world().resource::<EventLoopProxyWrapper>()).clone();
    // An idle window draws nothing and would notice the interruption too late.
    stop::wake_by(move || {
        // The event loop may have ended already.
        let _ = event_loop.send_event(WinitUserEvent::WakeUp);
    });
    simulation::plugin(&mut app);
    view::plugin(&mut app);
    overlay::plugin(&mut app);
    app.insert_resource(mode.unwrap_or_default()).insert_resource(CameraRig::new(camera.unwrap_or_default()));
    app.insert_resource(Playhead { cluster: options.focus.unwrap_or(0), at: None });
    app.insert_resource(pace).insert_resource(ExitCondition { ticks: options.run.ticks, run_end: sender });
    if let Some(job) = screenshot {
        app.insert_resource(job);
    }
    if let Some(file) = film {
        app.insert_resource(FilmJob::new(file, at_tick, options.film_ticks));
    }
    simulation.start(app.world_mut(), Some(folder));
    if extended {
        simulation::record_steps(app.world_mut());
    }
    if let Some(script) = script {
        train::announce(&script);
        app.insert_resource(script);
    }
    app.add_systems(
        Update,
        (
            (simulation::advance, save_on_request, enforce_runtime_limit, save_planned_steps, report_write_errors)
                .chain()
                .before(ViewSystems),
            exit_when_done.after(ViewSystems),
        ),
    );
    app.add_systems(Last, shut_down.run_if(on_message::<AppExit>).after(ExitSystems));
    let exit = app.run();
    display_loss::forget();
    report_end(&exit, &receiver)
}

/// Names of the policies that are watched, if any.
fn policy_names(run: &RunSettings, between: &str) -> String {
    let names = [&run.policy, &run.against].into_iter().filter(|name| !name.is_empty());
    names.map(String::as_str).collect::<Vec<_>>().join(between)
}

/// When the app exits by itself, and the channel for how the run ended.
#[derive(Resource)]
struct ExitCondition {
    ticks: Option<u64>,
    run_end: Sender<Result<RunEnd, RecordError>>,
}

fn report_end(exit: &AppExit, receiver: &Receiver<Result<RunEnd, RecordError>>) -> Result<Ending, CliError> {
    let run_end = match receiver.try_recv() {
        Ok(Ok(run_end)) => run_end,
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => return Err(CliError::Failed("the window ended before the run could be saved".to_owned())),
    };
    train::report(&run_end);
    match exit {
        AppExit::Success => Ok(Ending::of(run_end.summary.ended != "interrupted")),
        AppExit::Error(_) => Err(CliError::Failed("the window failed; the reason is printed above".to_owned())),
    }
}

/// Saves and pauses when `run.max_runtime` is over; paused time does not count.
fn enforce_runtime_limit(
    settings: Res<ActiveSettings>,
    time: Res<Time<Real>>,
    stats: Res<RunStats>,
    mut pace: ResMut<Pace>,
    mut commands: ResMut<CommandQueue>,
    mut log: ResMut<EventLog>,
    mut ran: Local<f64>,
) {
    let limit = settings.0.run.max_runtime;
    *ran += if pace.running { time.delta_secs_f64().min(LONGEST_FRAME) } else { 0.0 };
    if limit > 0.0 && *ran >= limit {
        *ran = 0.0;
        pace.running = false;
        commands.0.push_back(Command::Save(None));
        let message = format!("{limit} s are up: saved and paused; Start goes on for as long again");
        log.add(stats.ticks, EventKind::Note, message);
    }
}

/// Saves a checkpoint when a signal asks for one, and remembers where the run is. This is no command of a person, so the table of commands has no row of it.
fn save_on_request(world: &mut World) {
    display_loss::watch(world.resource::<RunWriter>().folder());
    if stop::save_requested()
        && let Some(checkpoint) = simulation::save_checkpoint(world)
    {
        let ticks = world.resource::<RunStats>().ticks;
        world.resource_mut::<EventLog>().add(ticks, EventKind::Note, format!("saved {}", checkpoint.display()));
    }
}

/// Saves when the planned steps are done; learning continues, because the window stays open. A command script that is
/// longer than the plan contains its own saves.
fn save_planned_steps(
    settings: Res<ActiveSettings>,
    script: Option<Res<CommandScript>>,
    stats: Res<RunStats>,
    trained: Res<ActiveLearner>,
    mut commands: ResMut<CommandQueue>,
    mut log: ResMut<EventLog>,
    mut before: Local<Option<u64>>,
) {
    let (steps, planned) = (trained.0.steps(), settings.0.run.steps);
    let script_saves = script.is_some_and(|script| script.end() >= planned.div_ceil(settings.0.run.clusters as u64));
    if !script_saves
        && settings.0.run.policy.is_empty()
        && before.is_some_and(|before| before < planned)
        && steps >= planned
    {
        commands.0.push_back(Command::Save(None));
        log.add(stats.ticks, EventKind::Note, format!("the {planned} planned steps are done; learning goes on"));
    }
    *before = Some(steps);
}

/// Logs rows that cannot be written and wait in memory; pauses when too many do.
fn report_write_errors(
    mut run_writer: ResMut<RunWriter>,
    stats: Res<RunStats>,
    mut pace: ResMut<Pace>,
    mut log: ResMut<EventLog>,
) {
    match run_writer.take_notice() {
        Some(RunNotice::Trouble(problem)) => {
            let message = format!("{problem}; learning continues, and the rows wait in memory");
            errln!("resonetics: {message}");
            log.add(stats.ticks, EventKind::Trouble, message);
        }
        Some(RunNotice::Recovered) => {
            log.add(stats.ticks, EventKind::Note, "all rows that waited are written");
        }
        Some(RunNotice::Note(message)) => log.add(stats.ticks, EventKind::Note, message),
        None => {}
    }
    if run_writer.is_full() && pace.running {
        pace.running = false;
        let message = "paused: too many rows wait in memory; close the window to save them elsewhere";
        log.add(stats.ticks, EventKind::Trouble, message);
    }
}

/// Exits the app after `--ticks`, after the picture of `--screenshot`, when the renderer fails, or on Ctrl-C.
fn exit_when_done(
    condition: Res<ExitCondition>,
    stats: Res<RunStats>,
    picturing: Option<Res<ScreenshotJob>>,
    film_request: Option<Res<FilmJob>>,
    trouble: Option<Res<RendererFailed>>,
    mut exit: MessageWriter<AppExit>,
) {
    let picture = picturing.as_ref().map(|picturing| picturing.outcome.as_ref());
    let picture = picture.or(film_request.as_ref().map(|film_request| film_request.outcome.as_ref()));
    match picture {
        Some(Some(Ok(path))) => {
            outln!("Saved {}", path.display());
            exit.write(AppExit::Success);
        }
        Some(Some(Err(problem))) => {
            errln!("resonetics: {problem}");
            exit.write(AppExit::error());
        }
        Some(None) => {}
        None if condition.ticks.is_some_and(|last| stats.ticks >= last) => {
            exit.write(AppExit::Success);
        }
        None => {}
    }
    if trouble.is_some() {
        errln!("resonetics: the renderer failed; the run is saved and the window closes");
        exit.write(AppExit::error());
    }
    if stop::interrupted() {
        exit.write(AppExit::Success);
    }
}

/// Saves the run before the app exits.
fn shut_down(world: &mut World) {
    let pictured = world.get_resource::<ScreenshotJob>().is_some_and(|picturing| picturing.outcome.is_some())
        || world.get_resource::<FilmJob>().is_some_and(|film_request| film_request.outcome.is_some());
    let ticks = world.resource::<RunStats>().ticks;
    let finished = pictured || world.resource::<ExitCondition>().ticks.is_some_and(|last| ticks >= last);
    let ended = match (finished, stop::interrupted()) {
        (true, _) => "finished",
        (false, true) => "interrupted",
        (false, false) => "closed",
    };
    let run_end = simulation::shut_down(world, ended);
    // The receiver lives outside the app; it is gone only if the end has been reported already.
    let _ = world.resource::<ExitCondition>().run_end.send(run_end);
}
