//! The window of `resonetics replay`: the same scene and panels over a frame history filled from a black box. No tick runs
//! and nothing is written.

use super::{
    CliError,
    output::{errln, outln},
    probe, stop,
};
use crate::blackbox::BlackBox;
use crate::overlay;
use crate::simulation::{
    self, ChartHistory, ClusterOrder, CommandQueue, EventKind, EventLog, Frame, FrameHistory, Pace, Playback, RunStats,
};
use crate::view::{self, Playhead, RendererFailed, ScreenshotJob, ViewSystems};
use bevy::app::{App, AppExit, Update};
use bevy::ecs::prelude::{IntoScheduleConfigs, MessageWriter, Res, ResMut, World};
use std::path::Path;

/// Options of the replay window.
#[derive(Debug, Default)]
pub struct ReplayWindowOptions {
    /// Speed at the start.
    pub speed: Option<f64>,
    /// Width and height of the window at the start.
    pub size: Option<(u32, u32)>,
    /// The tick to show first, paused.
    pub at_tick: Option<u64>,
    /// The picture of it, after which the window closes.
    pub picture: Option<ScreenshotJob>,
}

/// Opens the window on a black box and plays it.
///
/// # Errors
/// A file that is not a black box, an episode that cannot be shown, or a window that cannot be opened.
pub fn run(file: &Path, options: ReplayWindowOptions) -> Result<(), CliError> {
    let black_box = BlackBox::load(file)?;
    if let Err(reason) = probe::try_window() {
        let name = file.display();
        return Err(CliError::Failed(format!(
            "a replay needs a window, and none can be opened here: {reason}; `resonetics replay --headless {name}` \
             re-simulates it, and --report describes it"
        )));
    }
    stop::listen();
    let mut app = App::new();
    app.add_plugins(view::window_plugins("Resonetics - replay", true));
    view::resize(app.world_mut(), options.size);
    simulation::plugin(&mut app);
    app.init_resource::<ChartHistory>().init_resource::<EventLog>();
    let unusable = |problem| CliError::BadInput(format!("{}: {problem}", file.display()));
    Playback::start(&black_box, app.world_mut()).map_err(unusable)?;
    let playback = app.world().resource::<Playback>();
    errln!("Replaying {}: {}", playback.title, playback.verification);
    view::plugin(&mut app);
    overlay::plugin(&mut app);
    overlay::play_recording(&mut app);
    let mut pace = Pace::new(options.speed.unwrap_or(black_box.settings.view.speed));
    pace.running = options.at_tick.is_none();
    let begin = frame_at(app.world_mut(), options.at_tick.unwrap_or(0));
    app.insert_resource(pace).insert_resource(Playhead { cluster: 0, at: begin });
    if let Some(picture) = options.picture {
        app.insert_resource(picture);
    }
    app.add_systems(Update, (reject_commands.before(ViewSystems), exit_when_done.after(ViewSystems)));
    match app.run() {
        AppExit::Success => Ok(()),
        AppExit::Error(_) => Err(CliError::Failed("the window failed; the reason is printed above".to_owned())),
    }
}

/// Number of the last frame of this tick, or of the first one after it; `None` for the last frame of the history.
fn frame_at(world: &mut World, tick: u64) -> Option<u64> {
    let cluster = world.resource::<ClusterOrder>().0.first()?.0;
    let frame_history = world.get::<FrameHistory>(cluster)?;
    let is_before = |(_, frame): &(u64, &Frame)| frame.tick <= tick;
    let at =
        frame_history.frames().take_while(is_before).last().map_or(frame_history.range().start, |(number, _)| number);
    Some(at).filter(|at| at + 1 < frame_history.range().end)
}

/// Discards commands: a recording cannot be changed.
fn reject_commands(mut commands: ResMut<CommandQueue>, stats: Res<RunStats>, mut log: ResMut<EventLog>) {
    if !commands.0.is_empty() {
        commands.0.clear();
        log.add(stats.ticks, EventKind::Note, "this is a recording: it cannot be changed");
    }
}

/// Exits after the picture, when the renderer fails, or on Ctrl-C.
fn exit_when_done(
    screenshot: Option<Res<ScreenshotJob>>,
    failed: Option<Res<RendererFailed>>,
    mut exit: MessageWriter<AppExit>,
) {
    match screenshot.as_ref().and_then(|screenshot| screenshot.outcome.as_ref()) {
        Some(Ok(path)) => {
            outln!("Picture: {}", path.display());
            exit.write(AppExit::Success);
        }
        Some(Err(problem)) => {
            errln!("resonetics: {problem}");
            exit.write(AppExit::error());
        }
        None => {}
    }
    if failed.is_some() {
        errln!("resonetics: the renderer failed; the window closes");
        exit.write(AppExit::error());
    }
    if stop::interrupted() {
        exit.write(AppExit::Success);
    }
}
