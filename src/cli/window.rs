//! The window: the same schedule as the trainer's, run from the frames of a Bevy app.

use super::stdout::outln;
use super::stop;
use super::{CliError, WindowOptions, probe, resume, train};
use crate::overlay;
use crate::settings::{RunSettings, Settings};
use crate::simulation::{
    self, ActiveLearner, ActiveSettings, Command, CommandQueue, CommandScript, EventKind, EventLog, LONGEST_FRAME,
    Pace, RunEnd, RunNotice, RunStats, RunWriter, Simulation,
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

/// Opens the window and learns until it is closed. Where none can be opened, says so and trains in the terminal.
///
/// # Errors
/// Bad options, a run that could not be recorded, or a picture that could not be taken.
pub fn run(options: WindowOptions) -> Result<(), CliError> {
    let named = |option: &'static str| move |problem: String| CliError::BadInput(format!("--{option}: {problem}"));
    let mode = options.mode.as_deref().map(ColourMode::named).transpose().map_err(named("mode"))?;
    let camera = options.camera.as_deref().map(CameraMode::named).transpose().map_err(named("camera"))?;
    let (simulation, place) = match &options.run.resume {
        Some(path) => {
            let (simulation, place) = resume::open(path, &options.run, &[&options.policy, &options.against])?;
            (simulation, Some(place))
        }
        None => {
            let mut settings = options.run.settings()?;
            if let Some(policy) = options.policy {
                settings.run.policy = policy;
            }
            if let Some(policy) = options.against {
                settings.run.against = policy;
            }
            (Simulation::prepare(settings, 1)?, None)
        }
    };
    let script = match &place {
        Some(place) => place.script(&options.run, simulation.settings())?,
        None => options.run.script(simulation.settings())?,
    };
    let clusters = simulation.settings().run.clusters;
    if let Some(focus) = options.focus.filter(|focus| *focus >= clusters) {
        return Err(CliError::BadInput(format!("--focus {focus}: this run has {clusters} clusters, counted from 0")));
    }
    if let Err(reason) = probe::try_window() {
        let needs = |what: &str| format!("{what} needs a window, and none can be opened here: {reason}");
        if let Some(what) =
            options.screenshot.as_ref().map(|_| "--screenshot").or(options.film.as_ref().map(|_| "--film"))
        {
            return Err(CliError::Failed(needs(what)));
        }
        let run = &simulation.settings().run;
        let policy = players(run, ",");
        if !policy.is_empty() {
            let other = format!("; `resonetics evaluate --policy {policy}` plays it in the terminal");
            return Err(CliError::Failed(needs("watching a policy") + &other));
        }
        eprintln!("No window can be opened here ({reason}): training in the terminal instead.");
        drop(place);
        return train::run(&options.run);
    }
    stop::listen();
    let extended = place.as_ref().is_some_and(|place| place.extended);
    let folder = match place {
        Some(place) => place.go_on()?,
        None => options.run.folder(simulation.settings())?,
    };
    if let Some(report) = &simulation.report {
        eprintln!("{report}");
    }
    let Settings { run, cluster, .. } = simulation.settings();
    let event =
        if run.policy.is_empty() { "Learning".to_owned() } else { format!("Watching {}", players(run, " against ")) };
    eprintln!("{event} on {} into {}", cluster.name, folder.path().display());
    let mut pace = Pace::new(options.speed.unwrap_or(simulation.settings().view.speed));
    pace.stop_at = options.at_tick.or(options.run.ticks);
    let (sender, receiver) = channel();
    let mut app = App::new();
    app.add_plugins(view::window_plugins("Resonetics", true));
    view::resize(app.world_mut(), options.size);
    let event_loop = (**app.world().resource::<EventLoopProxyWrapper>()).clone();
    // A window at rest draws nothing and would hear of the end too late.
    stop::wake_by(move || {
        // An event loop that is gone has nothing to hear.
        let _ = event_loop.send_event(WinitUserEvent::WakeUp);
    });
    simulation::plugin(&mut app);
    view::plugin(&mut app);
    overlay::plugin(&mut app);
    app.insert_resource(mode.unwrap_or_default()).insert_resource(CameraRig::new(camera.unwrap_or_default()));
    app.insert_resource(Playhead { cluster: options.focus.unwrap_or(0), at: None });
    app.insert_resource(pace).insert_resource(End { ticks: options.run.ticks, run_end: sender });
    if let (Some(path), Some(at_tick)) = (options.screenshot, options.at_tick) {
        app.insert_resource(ScreenshotJob::new(path, at_tick));
    }
    if let (Some(path), Some(at_tick)) = (options.film, options.at_tick) {
        app.insert_resource(FilmJob::new(path, at_tick, options.film_ticks));
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
            (simulation::advance, watch_time, watch_steps, tell_trouble).chain().before(ViewSystems),
            end.after(ViewSystems),
        ),
    );
    app.add_systems(Last, shut_down.run_if(on_message::<AppExit>).after(ExitSystems));
    let exit = app.run();
    finish(&exit, &receiver)
}

/// The policies that are watched, if any.
fn players(run: &RunSettings, between: &str) -> String {
    let names = [&run.policy, &run.against].into_iter().filter(|name| !name.is_empty());
    names.map(String::as_str).collect::<Vec<_>>().join(between)
}

/// When the app ends by itself, and who hears how it ended.
#[derive(Resource)]
struct End {
    ticks: Option<u64>,
    run_end: Sender<Result<RunEnd, RecordError>>,
}

fn finish(exit: &AppExit, receiver: &Receiver<Result<RunEnd, RecordError>>) -> Result<(), CliError> {
    match receiver.try_recv() {
        Ok(Ok(run_end)) => train::report(&run_end),
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => return Err(CliError::Failed("the window ended before the run could be saved".to_owned())),
    }
    match exit {
        AppExit::Success => Ok(()),
        AppExit::Error(_) => Err(CliError::Failed("nothing more can be shown; the reason stands above".to_owned())),
    }
}

/// Saves and pauses when the running time is up.
fn watch_time(
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

/// Saves when the planned steps are done. Learning goes on, for the window is there to be watched. Commands that are
/// repeated beyond that tell themselves when it was saved.
fn watch_steps(
    settings: Res<ActiveSettings>,
    script: Option<Res<CommandScript>>,
    stats: Res<RunStats>,
    trained: Res<ActiveLearner>,
    mut commands: ResMut<CommandQueue>,
    mut log: ResMut<EventLog>,
    mut before: Local<Option<u64>>,
) {
    let (steps, planned) = (trained.0.steps(), settings.0.run.steps);
    let message = script.is_some_and(|script| script.end() >= planned.div_ceil(settings.0.run.clusters as u64));
    if !message && settings.0.run.policy.is_empty() && before.is_some_and(|before| before < planned) && steps >= planned
    {
        commands.0.push_back(Command::Save(None));
        log.add(stats.ticks, EventKind::Note, format!("the {planned} planned steps are done; learning goes on"));
    }
    *before = Some(steps);
}

/// Rows that cannot be written wait, and the log says so; the clock stops when too many do.
fn tell_trouble(
    mut run_writer: ResMut<RunWriter>,
    stats: Res<RunStats>,
    mut pace: ResMut<Pace>,
    mut log: ResMut<EventLog>,
) {
    match run_writer.take_notice() {
        Some(RunNotice::Trouble(problem)) => {
            let message = format!("{problem}; learning goes on, and the rows wait in memory");
            eprintln!("resonetics: {message}");
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
        let message = "paused: as many rows wait in memory as there may; close the window to save them elsewhere";
        log.add(stats.ticks, EventKind::Trouble, message);
    }
}

/// Ends the app after `--ticks`, after the picture of `--screenshot`, when the renderer fails, or on Ctrl-C.
fn end(
    ends: Res<End>,
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
            eprintln!("resonetics: {problem}");
            exit.write(AppExit::error());
        }
        Some(None) => {}
        None if ends.ticks.is_some_and(|last| stats.ticks >= last) => {
            exit.write(AppExit::Success);
        }
        None => {}
    }
    if trouble.is_some() {
        eprintln!("resonetics: the renderer failed; the run is saved and the window closes");
        exit.write(AppExit::error());
    }
    if stop::interrupted() {
        exit.write(AppExit::Success);
    }
}

/// Saves the run before the app goes.
fn shut_down(world: &mut World) {
    let pictured = world.get_resource::<ScreenshotJob>().is_some_and(|picturing| picturing.outcome.is_some())
        || world.get_resource::<FilmJob>().is_some_and(|film_request| film_request.outcome.is_some());
    let ticks = world.resource::<RunStats>().ticks;
    let finished = pictured || world.resource::<End>().ticks.is_some_and(|last| ticks >= last);
    let ended = match (finished, stop::interrupted()) {
        (true, _) => "finished",
        (false, true) => "interrupted",
        (false, false) => "closed",
    };
    let run_end = simulation::shut_down(world, ended);
    // The listener waits outside the app; it is gone only if this has been told already.
    let _ = world.resource::<End>().run_end.send(run_end);
}
