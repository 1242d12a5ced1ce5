//! Screenshots: a PNG, and beside it a JSON file, `NAME.png.json`, with the state it shows, the position of every cell in the picture,
//! and the widgets over the scene, so that tests can compare them.

use super::action_marks::TouchedCells;
use super::atmosphere::Atmosphere;
use super::camera::{CameraMode, CameraRig, MainCamera, SceneArea};
use super::colour_mode::{CellState, ColourMode};
use super::foreground::{Foreground, Widget};
use super::layout::cell_top;
use super::named_choice::NamedChoice;
use super::oom_estimates::OomEstimates;
use super::picking::Picked;
use super::shown::{Shown, ShownMoment, ViewSystems};
use super::wall::Wall;
use crate::simulation::{ActiveSettings, Cause, EventKind, EventLog, Pace, RunStats};
use crate::storage::{OutputFile, RecordError};
use bevy::app::{App, Last, Update};
use bevy::camera::{Camera, ClearColor};
use bevy::color::{ColorToPacked, Srgba};
use bevy::ecs::message::Message;
use bevy::ecs::prelude::{
    Commands, IntoScheduleConfigs, MessageReader, MessageWriter, On, Res, ResMut, Resource, Single, With,
};
use bevy::ecs::system::SystemParam;
use bevy::math::Vec3;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::transform::components::GlobalTransform;
use serde::{Deserialize, Serialize};
use std::io::Cursor;
use std::ops::Range;
use std::path::PathBuf;

/// Frames between the wanted tick and its screenshot: the renderer needs some to prepare.
const SETTLING_FRAMES: u32 = 12;

/// A request for a screenshot.
#[derive(Message, Debug, Clone)]
pub struct ScreenshotRequest {
    /// The PNG. Its folder is created if it is missing.
    pub file: OutputFile,
}

/// A screenshot that a run is started for (`--screenshot FILE --at-tick N`).
#[derive(Resource, Debug)]
pub struct ScreenshotJob {
    /// The PNG.
    file: OutputFile,
    /// The tick to show.
    pub at_tick: u64,
    /// Frames since that tick.
    settled: u32,
    /// Path of the screenshot, or why it failed; none until it is finished.
    pub outcome: Option<Result<PathBuf, String>>,
}

impl ScreenshotJob {
    /// A screenshot of the window after tick `at_tick`.
    ///
    /// # Errors
    /// A PNG, or a file for its state beside it, that cannot be written.
    pub fn new(file: OutputFile, at_tick: u64) -> Result<Self, RecordError> {
        check(&file)?;
        Ok(Self { file, at_tick, settled: 0, outcome: None })
    }
}

/// The state that a screenshot shows, as its JSON file has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of the run.
    pub seed: u64,
    /// Ticks of the run.
    pub tick: u64,
    /// Whether time was running.
    pub running: bool,
    /// Name of the colour mode.
    pub mode: String,
    /// Name of the camera.
    pub camera: String,
    /// Position of the camera, in units.
    pub stands: [f32; 3],
    /// View direction of the camera.
    pub looks: [f32; 3],
    /// The part of the picture left to the scene by the panels, in pixels: left, top, right, bottom.
    pub area: [u32; 4],
    /// Index of the cluster in focus, which `cells` belong to.
    pub cluster: usize,
    /// Number of clusters on the wall.
    pub clusters: usize,
    /// Row and column of the pinned cell.
    pub focus: Option<[usize; 2]>,
    /// Latest risk forecast by the Prophet.
    pub risk: f32,
    /// Whether the scene warns of a collapse.
    pub alarm: bool,
    /// Name of the action of this tick; none at the start of an episode or after an intervention.
    pub action: Option<String>,
    /// Row and column of each cell that the action touched.
    pub touched: Vec<[usize; 2]>,
    /// Width and height of the picture, in pixels.
    pub size: [u32; 2],
    /// Row and column of the agent.
    pub agent: [usize; 2],
    /// Background colour, as #rrggbb.
    pub background: String,
    /// The cells of the cluster in focus, row by row.
    pub cells: Vec<CellPicture>,
    /// The other clusters on the wall.
    pub beside: Vec<ClusterPicture>,
    /// The widgets of the overlay.
    pub widgets: Vec<Widget>,
}

/// Another cluster on the wall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterPicture {
    /// Index of the cluster.
    pub cluster: usize,
    /// Its first cell and its last.
    pub corners: [CellPicture; 2],
}

/// A cell in a screenshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellPicture {
    /// Row.
    pub row: usize,
    /// Column.
    pub column: usize,
    /// CPU, 0 to 1.
    pub cpu: f32,
    /// Memory drift, 0 to 1.
    pub memory: f32,
    /// Priority, 0 to 1.
    pub priority: f32,
    /// Estimated steps until it is out of memory; none where its memory does not grow.
    pub left: Option<f32>,
    /// Centre of its top in the picture, in pixels from the top left; none outside the picture.
    pub at: Option<[f32; 2]>,
    /// Its colour in the current mode, as #rrggbb.
    pub colour: String,
}

pub(super) fn plugin(app: &mut App) {
    app.add_message::<ScreenshotRequest>().init_resource::<Foreground>().init_resource::<PendingPictures>();
    app.add_systems(Update, (request_at_tick, capture_state).chain().after(ViewSystems));
    app.add_systems(Last, take_screenshots);
}

/// Requests the run's screenshot once its tick has come and the renderer has settled.
fn request_at_tick(
    screenshot_job: Option<ResMut<ScreenshotJob>>,
    stats: Res<RunStats>,
    pace: Res<Pace>,
    rig: Res<CameraRig>,
    mut requests: MessageWriter<ScreenshotRequest>,
) {
    let Some(mut screenshot_job) = screenshot_job else { return };
    if stats.ticks >= screenshot_job.at_tick && !pace.running && rig.is_at_rest() {
        screenshot_job.settled += 1;
        if screenshot_job.settled == SETTLING_FRAMES {
            requests.write(ScreenshotRequest { file: screenshot_job.file.clone() });
        }
    }
}

/// The screenshots requested in this frame, with the state they show.
#[derive(Resource, Debug, Default)]
struct PendingPictures(Vec<(OutputFile, Picture)>);

/// What a screenshot's state is read from.
#[derive(SystemParam)]
struct SceneParams<'w, 's> {
    settings: Res<'w, ActiveSettings>,
    pace: Res<'w, Pace>,
    shown: Shown<'w, 's>,
    mode: Res<'w, ColourMode>,
    rig: Res<'w, CameraRig>,
    picked: Res<'w, Picked>,
    wall: Res<'w, Wall>,
    atmosphere: Res<'w, Atmosphere>,
    sky: Res<'w, ClearColor>,
    area: Res<'w, SceneArea>,
    camera: Single<'w, 's, (&'static Camera, &'static GlobalTransform), With<MainCamera>>,
}

impl SceneParams<'_, '_> {
    /// The given cells of the cluster centred on `middle`.
    fn cells(&self, moment: ShownMoment, middle: Vec3, cells: Range<usize>) -> Option<Vec<CellPicture>> {
        let (camera, eye) = *self.camera;
        let scale = camera.target_scaling_factor().unwrap_or(1.0);
        let (rows, columns) = self.wall.size;
        let (frame, mut oom_estimates) = (self.shown.frame_of(moment)?, OomEstimates::default());
        let left = oom_estimates.update(self.shown.frame_history_of(moment.cluster)?, moment.frame);
        let picture = |index: usize| {
            let (row, column, left) = (index / columns, index % columns, left[index]);
            let (cpu, memory, priority) = (frame.cpu[index], frame.mem[index], frame.priority[index]);
            let on_screen = camera.world_to_viewport(eye, middle + cell_top(row, column, rows, columns, memory));
            let at = on_screen.ok().map(|at| [at.x * scale, at.y * scale]);
            let colour = hex(self.mode.colour(&CellState { cpu, memory, priority, steps_left: left }));
            let left = left.is_finite().then_some(left);
            CellPicture { row, column, cpu, memory, priority, left, at, colour }
        };
        Some(cells.map(picture).collect())
    }

    /// The state of the scene.
    fn picture(&self) -> Option<Picture> {
        let Self { shown, wall, .. } = self;
        let (moment, frame) = (shown.moment()?, shown.frame()?);
        let (rows, columns) = wall.size;
        let row_column = |cell: usize| [cell / columns, cell % columns];
        let others = wall.in_use().filter(|(slot, _)| !wall.is_focus(*slot));
        let others = others.filter_map(|(slot, cluster)| {
            let corner =
                |cell: usize| self.cells(shown.moment_of(cluster)?, wall.position(slot), cell..cell + 1)?.pop();
            Some(ClusterPicture { cluster, corners: [corner(0)?, corner(rows * columns - 1)?] })
        });
        let risk = shown.risk_of(moment);
        let SceneArea { corner, size } = *self.area;
        let mut touched_cells = TouchedCells::default();
        let touched = touched_cells.cells(shown.previous_frame(), frame, columns);
        Some(Picture {
            scenario: self.settings.0.cluster.name.clone(),
            seed: self.settings.0.run.seed,
            tick: frame.tick,
            running: self.pace.running,
            mode: self.mode.name().to_owned(),
            camera: CameraMode::name(self.rig.mode()).to_owned(),
            stands: self.camera.1.translation().to_array(),
            looks: self.camera.1.forward().to_array(),
            area: [corner.x, corner.y, corner.x + size.x, corner.y + size.y],
            cluster: shown.focus_index(),
            clusters: wall.clusters(),
            focus: self.picked.pinned.map(row_column),
            risk,
            alarm: self.atmosphere.is_alarming(risk),
            action: (frame.cause == Cause::Tick).then(|| frame.decision.choice.action.name().to_owned()),
            touched: touched.iter().map(|cell| row_column(*cell)).collect(),
            size: [0, 0],
            agent: [frame.agent.0, frame.agent.1],
            background: hex(self.sky.0.into()),
            cells: self.cells(moment, Vec3::ZERO, 0..rows * columns)?,
            beside: others.collect(),
            widgets: Vec::new(),
        })
    }
}

/// Captures the state of the scene where a screenshot was requested.
fn capture_state(
    mut requests: MessageReader<ScreenshotRequest>,
    scene: SceneParams,
    mut pending_pictures: ResMut<PendingPictures>,
    mut foreground: ResMut<Foreground>,
) {
    for request in requests.read() {
        let Some(picture) = scene.picture() else { return };
        pending_pictures.0.push((request.file.clone(), picture));
        foreground.wanted = true;
    }
}

/// Takes the screenshots, once the panels of this frame have listed their widgets.
fn take_screenshots(
    mut pending_pictures: ResMut<PendingPictures>,
    mut foreground: ResMut<Foreground>,
    mut commands: Commands,
) {
    if pending_pictures.0.is_empty() {
        return;
    }
    foreground.wanted = false;
    let widgets = std::mem::take(&mut foreground.widgets);
    for (file, mut picture) in pending_pictures.0.drain(..) {
        picture.widgets.clone_from(&widgets);
        let save_picture = move |captured: On<ScreenshotCaptured>,
                                 stats: Res<RunStats>,
                                 mut log: ResMut<EventLog>,
                                 mut screenshot_job: Option<ResMut<ScreenshotJob>>| {
            let saved = save(&captured, picture.clone(), &file);
            let saved = saved.map(|()| file.path().to_owned()).map_err(|error| error.to_string());
            match &saved {
                Ok(path) => log.add(stats.ticks, EventKind::Note, format!("picture saved to {}", path.display())),
                Err(problem) => log.add(stats.ticks, EventKind::Trouble, problem.clone()),
            }
            if let Some(screenshot_job) = screenshot_job.as_mut().filter(|screenshot_job| screenshot_job.file == file) {
                screenshot_job.outcome = Some(saved);
            }
        };
        commands.spawn(Screenshot::primary_window()).observe(save_picture);
    }
}

/// Checks that a picture and its state can be written.
fn check(file: &OutputFile) -> Result<(), RecordError> {
    file.check()?;
    file.beside("json").check()
}

fn save(captured: &ScreenshotCaptured, mut picture: Picture, file: &OutputFile) -> Result<(), RecordError> {
    let failed = |problem: String| RecordError::io("write", file.path())(std::io::Error::other(problem));
    if let Some(folder) = file.path().parent() {
        std::fs::create_dir_all(folder).map_err(RecordError::io("create", folder))?;
    }
    check(file)?;
    let image = captured.image.clone().try_into_dynamic().map_err(|error| failed(error.to_string()))?.to_rgb8();
    picture.size = [image.width(), image.height()];
    let mut png = Cursor::new(Vec::new());
    image.write_to(&mut png, image::ImageFormat::Png).map_err(|error| failed(error.to_string()))?;
    let text = serde_json::to_vec_pretty(&picture).map_err(|error| failed(error.to_string()))?;
    file.write(png.get_ref())?;
    file.beside("json").write(&text)
}

/// A colour as #rrggbb.
fn hex(colour: Srgba) -> String {
    let [red, green, blue, _] = colour.to_u8_array();
    format!("#{red:02x}{green:02x}{blue:02x}")
}
